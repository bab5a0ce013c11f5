from typing import Any, Optional, Union

from .async_base_client import AsyncBaseClient
from .base_model import UNSET, UnsetType
from .create_post import CreatePost
from .delete_post import DeletePost
from .edit_post import EditPost
from .find_posts import FindPosts
from .input_types import (
    ChannelsInput,
    CreatePostInput,
    DailyPostingLimitsInput,
    DeletePostInput,
    EditPostInput,
    MovePostInQueueInput,
    OrganizationFilterInput,
    PostInput,
    PostsInput,
)
from .list_channels import ListChannels
from .list_organizations import ListOrganizations
from .list_unsent import ListUnsent
from .move_post_in_queue import MovePostInQueue
from .read_limits import ReadLimits
from .read_post import ReadPost


def gql(q: str) -> str:
    return q


class GeneratedClient(AsyncBaseClient):
    async def list_organizations(self, **kwargs: Any) -> ListOrganizations:
        query = gql("""
            query ListOrganizations {
              account {
                organizations {
                  id
                  name
                }
              }
            }
            """)
        variables: dict[str, object] = {}
        response = await self.execute(
            query=query,
            operation_name="ListOrganizations",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return ListOrganizations.model_validate(data)

    async def list_channels(self, input: ChannelsInput, **kwargs: Any) -> ListChannels:
        query = gql("""
            query ListChannels($input: ChannelsInput!) {
              account {
                organizations {
                  id
                  name
                }
              }
              channels(input: $input) {
                id
                name
                service
                timezone
                isDisconnected
                isLocked
                isQueuePaused
                postingSchedule {
                  day
                  paused
                  times
                }
                linkShortening {
                  isEnabled
                }
                metadata {
                  __typename
                  ... on InstagramMetadata {
                    defaultToReminders
                  }
                  ... on TiktokMetadata {
                    defaultToReminders
                  }
                  ... on YoutubeMetadata {
                    defaultToReminders
                  }
                  ... on MastodonMetadata {
                    maxCharacters
                  }
                  ... on PinterestMetadata {
                    boards {
                      serviceId
                      name
                    }
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = await self.execute(
            query=query, operation_name="ListChannels", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return ListChannels.model_validate(data)

    async def create_post(self, input: CreatePostInput, **kwargs: Any) -> CreatePost:
        query = gql("""
            mutation CreatePost($input: CreatePostInput!) {
              createPost(input: $input) {
                __typename
                ... on PostActionSuccess {
                  post {
                    ...PostFields
                  }
                }
                ... on MutationError {
                  message
                }
              }
            }

            fragment PostFields on Post {
              id
              channelId
              status
              text
              dueAt
              createdAt
              sentAt
              externalLink
              error {
                message
                supportUrl
              }
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = await self.execute(
            query=query, operation_name="CreatePost", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return CreatePost.model_validate(data)

    async def find_posts(
        self,
        input: PostsInput,
        first: int,
        after: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> FindPosts:
        query = gql("""
            query FindPosts($input: PostsInput!, $first: Int!, $after: String) {
              posts(input: $input, first: $first, after: $after) {
                edges {
                  node {
                    ...PostFields
                  }
                }
                pageInfo {
                  hasNextPage
                  endCursor
                }
              }
            }

            fragment PostFields on Post {
              id
              channelId
              status
              text
              dueAt
              createdAt
              sentAt
              externalLink
              error {
                message
                supportUrl
              }
            }
            """)
        variables: dict[str, object] = {"input": input, "first": first, "after": after}
        response = await self.execute(
            query=query, operation_name="FindPosts", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return FindPosts.model_validate(data)

    async def list_unsent(
        self,
        input: PostsInput,
        first: int,
        after: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> ListUnsent:
        query = gql("""
            query ListUnsent($input: PostsInput!, $first: Int!, $after: String) {
              posts(input: $input, first: $first, after: $after) {
                edges {
                  node {
                    id
                    assets {
                      __typename
                      source
                    }
                  }
                }
                pageInfo {
                  hasNextPage
                  endCursor
                }
              }
            }
            """)
        variables: dict[str, object] = {"input": input, "first": first, "after": after}
        response = await self.execute(
            query=query, operation_name="ListUnsent", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return ListUnsent.model_validate(data)

    async def read_post(self, input: PostInput, **kwargs: Any) -> ReadPost:
        query = gql("""
            query ReadPost($input: PostInput!) {
              post(input: $input) {
                ...PostFields
              }
            }

            fragment PostFields on Post {
              id
              channelId
              status
              text
              dueAt
              createdAt
              sentAt
              externalLink
              error {
                message
                supportUrl
              }
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = await self.execute(
            query=query, operation_name="ReadPost", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return ReadPost.model_validate(data)

    async def edit_post(self, input: EditPostInput, **kwargs: Any) -> EditPost:
        query = gql("""
            mutation EditPost($input: EditPostInput!) {
              editPost(input: $input) {
                __typename
                ... on PostActionSuccess {
                  post {
                    ...PostFields
                  }
                }
                ... on MutationError {
                  message
                }
              }
            }

            fragment PostFields on Post {
              id
              channelId
              status
              text
              dueAt
              createdAt
              sentAt
              externalLink
              error {
                message
                supportUrl
              }
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = await self.execute(
            query=query, operation_name="EditPost", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return EditPost.model_validate(data)

    async def delete_post(self, input: DeletePostInput, **kwargs: Any) -> DeletePost:
        query = gql("""
            mutation DeletePost($input: DeletePostInput!) {
              deletePost(input: $input) {
                __typename
                ... on DeletePostSuccess {
                  id
                }
                ... on MutationError {
                  message
                }
              }
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = await self.execute(
            query=query, operation_name="DeletePost", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return DeletePost.model_validate(data)

    async def move_post_in_queue(
        self, input: MovePostInQueueInput, **kwargs: Any
    ) -> MovePostInQueue:
        query = gql("""
            mutation MovePostInQueue($input: MovePostInQueueInput!) {
              movePostInQueue(input: $input) {
                __typename
                ... on PostActionSuccess {
                  post {
                    ...PostFields
                  }
                }
                ... on MutationError {
                  message
                }
              }
            }

            fragment PostFields on Post {
              id
              channelId
              status
              text
              dueAt
              createdAt
              sentAt
              externalLink
              error {
                message
                supportUrl
              }
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = await self.execute(
            query=query, operation_name="MovePostInQueue", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return MovePostInQueue.model_validate(data)

    async def read_limits(
        self,
        organization: OrganizationFilterInput,
        daily: DailyPostingLimitsInput,
        scheduled: PostsInput,
        first: int,
        **kwargs: Any,
    ) -> ReadLimits:
        query = gql("""
            query ReadLimits($organization: OrganizationFilterInput!, $daily: DailyPostingLimitsInput!, $scheduled: PostsInput!, $first: Int!) {
              account {
                organizations(filter: $organization) {
                  id
                  limits {
                    scheduledPosts
                    scheduledThreadsPerChannel
                  }
                }
              }
              dailyPostingLimits(input: $daily) {
                channelId
                sent
                scheduled
                limit
              }
              posts(input: $scheduled, first: $first) {
                edges {
                  node {
                    channelId
                    dueAt
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {
            "organization": organization,
            "daily": daily,
            "scheduled": scheduled,
            "first": first,
        }
        response = await self.execute(
            query=query, operation_name="ReadLimits", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return ReadLimits.model_validate(data)
