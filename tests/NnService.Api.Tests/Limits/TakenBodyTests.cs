using Microsoft.AspNetCore.Http;
using NnService.Api.Limits;

namespace NnService.Api.Tests.Limits;

public sealed class TakenBodyTests
{
    [Fact]
    public async Task Its_room_is_free_again_also_where_its_file_cannot_be_closed()
    {
        var request = new DefaultHttpContext().Request;
        var (before, held) = (request.Body, new MemoryStream());
        var body = new TakenBody(request, new FullDiskStream(), 0, held);

        await Assert.ThrowsAsync<IOException>(async () => await body.DisposeAsync());

        Assert.False(held.CanRead);
        Assert.Same(before, request.Body);
    }

    private sealed class FullDiskStream : MemoryStream
    {
        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            throw new IOException("No space left on device");
        }
    }
}
