using System.Net;
using System.Net.Sockets;
using Godwit.Settings;
using Godwit.Web;

namespace Godwit.Tests.Web;

/// <summary>Clients that hold a connection and say little.</summary>
public sealed class SlowClientsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_head_that_does_not_end_is_answered_and_cut()
    {
        await using PortLab lab = await PortLab.OpenAsync(AccessLevel.Monitor, terms => terms with { IdleTimeout = TimeSpan.FromSeconds(1) });
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, lab.Console.Port, Cancellation);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync("GET /status HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "u8.ToArray(), Cancellation);
        using var reader = new StreamReader(stream);

        // Ends when the server does: a test that waits in vain is ended by the runner.
        string reply = await reader.ReadToEndAsync(Cancellation);

        Assert.StartsWith("HTTP/1.1 408", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_without_a_next_request_is_closed()
    {
        await using PortLab lab = await PortLab.OpenAsync(AccessLevel.Monitor, terms => terms with { IdleTimeout = TimeSpan.FromSeconds(1) });
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, lab.Console.Port, Cancellation);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync("GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"u8.ToArray(), Cancellation);
        using var reader = new StreamReader(stream);

        Assert.EndsWith("ok\n", (await reader.ReadToEndAsync(Cancellation)).Replace("\r\n0\r\n\r\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sign_in_that_does_not_arrive_is_given_up_in_the_servers_own_time()
    {
        await using PortLab lab = await PortLab.OpenAsync(AccessLevel.Monitor);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, lab.Console.Port, Cancellation);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync(
            "POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"user\":"u8.ToArray(),
            Cancellation);
        using var reader = new StreamReader(stream);
        Task<string?> answered = reader.ReadLineAsync(Cancellation).AsTask();

        await Support.Eventually.TrueAsync(
            () =>
            {
                lab.Server.Time.Advance(TimeSpan.FromSeconds(1));
                return answered.IsCompleted;
            },
            TimeSpan.FromSeconds(20));

        Assert.StartsWith("HTTP/1.1 408", await answered, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20_000, 1, 431)]
    [InlineData(100, 200, 431)]
    [InlineData(10, 1, 200)]
    public async Task A_head_is_bounded(int length, int fields, int status)
    {
        await using PortLab lab = await PortLab.OpenAsync(AccessLevel.Monitor);

        PortLab.Answer answer = await lab.GetAsync("/health", [.. Enumerable.Range(0, fields).Select(i => ($"X-Filler-{i}", new string('x', length)))]);

        Assert.Equal(status, answer.Status);
    }

    [Fact]
    public void Strangers_and_single_addresses_leave_room_for_others()
    {
        var count = new DoorCount();
        IPAddress one = IPAddress.Parse("10.0.0.1");

        Assert.Equal(DoorCount.MaxOfOne, Enumerable.Range(0, 200).Count(_ => count.TryEnter(one, DoorKind.Known)));
        Assert.Equal(DoorCount.MaxOfStrangers, Enumerable.Range(0, 200).Count(i => count.TryEnter(IPAddress.Parse($"192.0.2.{i}"), DoorKind.Stranger)));
        Assert.Equal(DoorCount.MaxOfSignIn, Enumerable.Range(0, 200).Count(i => count.TryEnter(IPAddress.Parse($"198.51.100.{i}"), DoorKind.SignIn)));
        Assert.True(count.TryEnter(IPAddress.Parse("10.0.0.2"), DoorKind.Known));

        count.Leave(one, DoorKind.Known);
        count.Leave(IPAddress.Parse("192.0.2.3"), DoorKind.Stranger);
        Assert.True(count.TryEnter(one, DoorKind.Known));
        Assert.True(count.TryEnter(IPAddress.Parse("192.0.2.250"), DoorKind.Stranger));
        Assert.False(count.TryEnter(IPAddress.Parse("192.0.2.251"), DoorKind.Stranger));
    }

    [Fact]
    public async Task A_connection_that_has_ended_is_not_counted_any_more()
    {
        await using PortLab lab = await PortLab.OpenAsync(AccessLevel.Monitor);
        for (int i = 0; i < DoorCount.MaxOfOne + 10; i++)
        {
            Assert.Equal(200, (await lab.GetAsync("/health", ("Connection", "close"))).Status);
        }
    }

    [Fact]
    public async Task An_address_is_bounded()
    {
        await using PortLab lab = await PortLab.OpenAsync(AccessLevel.Monitor);

        Assert.Equal(414, (await lab.GetAsync("/queues?queue=" + new string('x', 10_000))).Status);
    }
}
