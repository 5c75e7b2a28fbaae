using System.Net;
using System.Net.Sockets;
using Godwit.Reception;
using Godwit.Settings;
using Godwit.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Tests.Reception;

public sealed class EntranceSetTests : IAsyncLifetime
{
    private readonly List<string> _sources = [];
    private readonly EntranceSet _entrances;

    public EntranceSetTests() => _entrances = new EntranceSet(EntranceDirectives.Listener, Accept, TimeProvider.System, NullLogger.Instance);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await _entrances.ApplyAsync([]);

    [Fact]
    public async Task A_listener_takes_the_place_of_one_that_it_overlaps()
    {
        int port = Tool.FreePort();
        Assert.Empty(await _entrances.ApplyAsync([At("127.0.0.1", port), At("127.0.0.2", port)]));

        Assert.Empty(await _entrances.ApplyAsync([At("0.0.0.0", port, "everyone")]));
        Assert.Equal($"0.0.0.0:{port}", Assert.Single(_entrances.EndPoints).ToString());
        Assert.Equal("everyone", await ConnectAsync("127.0.0.3", port));

        Assert.Empty(await _entrances.ApplyAsync([At("127.0.0.2", port, "one")]));
        Assert.Equal("one", await ConnectAsync("127.0.0.2", port));
        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync("127.0.0.3", port));
    }

    [Fact]
    public async Task When_one_of_several_cannot_be_opened_all_stay_as_they_were()
    {
        int port = Tool.FreePort();
        await using var other = new ScriptedSmtpServer();
        Assert.Empty(await _entrances.ApplyAsync([At("127.0.0.1", port, "old")]));

        // The first is free, the second would take our own place, the third is somebody else's.
        IReadOnlyList<string> problems = await _entrances.ApplyAsync([At("127.0.0.1", Tool.FreePort()), At("0.0.0.0", port), At("127.0.0.1", other.Port)]);

        Assert.Contains($"127.0.0.1:{other.Port} is in use", Assert.Single(problems));
        Assert.Equal($"127.0.0.1:{port}", Assert.Single(_entrances.EndPoints).ToString());
        Assert.Equal("old", await ConnectAsync("127.0.0.1", port));
    }

    [Fact]
    public async Task A_listener_that_had_to_close_early_opens_again_when_its_successor_cannot()
    {
        int port = Tool.FreePort();
        await using var other = new ScriptedSmtpServer(address: IPAddress.Parse("127.0.0.7"), port: port);
        Assert.Empty(await _entrances.ApplyAsync([At("127.0.0.1", port, "old")]));

        Assert.Single(await _entrances.ApplyAsync([At("0.0.0.0", port)]));

        Assert.Equal("old", await ConnectAsync("127.0.0.1", port));
    }

    [Fact]
    public async Task Who_connects_while_a_change_is_prepared_is_let_in_when_it_is_in_force()
    {
        int port = Tool.FreePort();
        EntranceSet.EntranceChange change = await _entrances.PrepareAsync([At("127.0.0.1", port, "new")], static () => { });
        Task<string> early = ConnectAsync("127.0.0.1", port);
        Assert.Empty(_sources);
        Assert.Empty(_entrances.EndPoints);

        await change.CommitAsync();

        Assert.Equal("new", await early);
    }

    [Fact]
    public async Task Changes_come_one_after_the_other()
    {
        EntranceSet.EntranceChange first = await _entrances.PrepareAsync([At("127.0.0.1", Tool.FreePort())], static () => { });
        Task<IReadOnlyList<string>> second = _entrances.ApplyAsync([]);
        Assert.False(second.IsCompleted);

        await first.CommitAsync();

        Assert.Empty(await second);
        Assert.Empty(_entrances.EndPoints);
    }

    private static ListenerSettings At(string address, int port, string source = "") => new(new IPEndPoint(IPAddress.Parse(address), port), source);

    /// <summary>Connects and returns the name of the source that lets in.</summary>
    private static async Task<string> ConnectAsync(string address, int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Parse(address), port, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadLineAsync(TestContext.Current.CancellationToken) ?? "";
    }

    private void Accept(Socket client, ListenerSettings listener)
    {
        _sources.Add(listener.Source);
        client.Send(System.Text.Encoding.ASCII.GetBytes(listener.Source + "\n"));
        client.Shutdown(SocketShutdown.Both);
        client.Dispose();
    }
}
