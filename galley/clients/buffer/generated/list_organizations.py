from .base_model import BaseModel


class ListOrganizations(BaseModel):
    account: "ListOrganizationsAccount"


class ListOrganizationsAccount(BaseModel):
    organizations: list["ListOrganizationsAccountOrganizations"]


class ListOrganizationsAccountOrganizations(BaseModel):
    id: str
    name: str


ListOrganizations.model_rebuild()
ListOrganizationsAccount.model_rebuild()
