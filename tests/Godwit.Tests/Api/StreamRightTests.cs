using Godwit.Api;
using Godwit.Control;
using Godwit.Settings;
using Godwit.Tests.Control;
using Microsoft.AspNetCore.Http;

namespace Godwit.Tests.Api;

/// <summary>A stream goes on for hours: it ends with the right of whoever reads it.</summary>
public sealed class StreamRightTests
{
    private static readonly Caller _asked = new() { Level = AccessLevel.Operator, User = "ann", MayReadLogs = true };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Losses => ["signed out", "lower", "no logs", "another user"];

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task A_stream_ends_soon_after_its_right(string loss)
    {
        var server = new TestServer();
        using var hub = new StreamHub(server.Operator);
        Caller? now = _asked;
        var context = new DefaultHttpContext();
        context.Request.QueryString = new QueryString("?topics=overview");
        context.Response.Body = new MemoryStream();
        context.Features.Set(_asked);
        context.Features.Set(new CallerWatch(() => now));

        Task<ApiAnswer> stream = hub.Table[0].Run(new ApiCall(context, server.Operator));
        for (int i = 0; i < 10; i++)
        {
            await TickAsync(server);
        }

        Assert.False(stream.IsCompleted);
        now = loss switch
        {
            "signed out" => null,
            "lower" => _asked with { Level = AccessLevel.Monitor },
            "no logs" => _asked with { MayReadLogs = false },
            _ => _asked with { User = "bob" },
        };
        while (!stream.IsCompleted)
        {
            await TickAsync(server);
        }

        await stream;
        Assert.Equal(0, hub.Count);
    }

    private static async Task TickAsync(TestServer server)
    {
        server.Time.Advance(TimeSpan.FromSeconds(1));
        await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
    }
}
