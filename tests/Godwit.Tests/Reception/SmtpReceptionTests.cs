using System.Net;
using System.Net.Sockets;
using Godwit.Settings;

namespace Godwit.Tests.Reception;

public sealed class SmtpReceptionTests
{
    [Fact]
    public async Task One_connection_too_many_is_told_to_come_again()
    {
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync(ReceptionSettings.With(ReceptionSettings.Relay, totalMaxSmtpIn: 2));
        await using SmtpClientSocket first = await harness.HelloAsync();
        await using SmtpClientSocket second = await harness.HelloAsync();
        await using SmtpClientSocket third = await harness.ConnectAsync();
        Assert.StartsWith("421 4.3.2", Assert.Single(await third.RestAsync()));
        Assert.Equal(2, harness.Counters.ConnectionsIn.Current);

        Assert.StartsWith("221", await first.AskAsync("QUIT"));
        Assert.Null(await first.LineAsync());
        await WaitForAsync(() => harness.Counters.ConnectionsIn.Current == 1);
        await using SmtpClientSocket fourth = await harness.HelloAsync();
    }

    [Fact]
    public async Task A_port_that_cannot_be_had_is_named_and_nothing_changes()
    {
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync();
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var busy = (IPEndPoint)taken.LocalEndPoint!;

        IReadOnlyList<string> problems = await harness.Reception.ApplyAsync(
            [new ListenerSettings(busy, ""), new ListenerSettings(new IPEndPoint(IPAddress.Loopback, 0), ""), new ListenerSettings(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 2525), "")]);
        Assert.Equal(2, problems.Count);
        Assert.Contains($"{busy} is in use by another program", problems[0]);
        Assert.Contains("192.0.2.1:2525 is not an address of this machine", problems[1]);
        Assert.Single(harness.Reception.EndPoints);
        await using SmtpClientSocket client = await harness.HelloAsync();
    }

    [Fact]
    public async Task A_reload_replaces_listeners_and_leaves_sessions_alone()
    {
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync();
        IPEndPoint before = harness.Reception.EndPoints[0];
        await using SmtpClientSocket client = await harness.HelloAsync();

        // The same address again keeps its socket; another one opens beside it.
        Assert.Empty(await harness.Reception.ApplyAsync(
            [new ListenerSettings(new IPEndPoint(IPAddress.Loopback, 0), ""), new ListenerSettings(new IPEndPoint(IPAddress.IPv6Loopback, 0), "")]));
        Assert.Equal(before, harness.Reception.EndPoints[0]);
        Assert.Equal(2, harness.Reception.EndPoints.Count);

        Assert.Empty(await harness.Reception.ApplyAsync([]));
        using var late = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await Assert.ThrowsAsync<SocketException>(() => late.ConnectAsync(before));
        Assert.StartsWith("250", await client.AskAsync("NOOP"));

        // The port of a closed listener can be had again at once, though connections of it still linger in the kernel.
        Assert.Empty(await harness.Reception.ApplyAsync([new ListenerSettings(before, "")]));
        await using SmtpClientSocket again = await harness.HelloAsync();
    }

    [Fact]
    public async Task Stopping_says_421_to_idle_clients_and_lets_a_message_finish()
    {
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync();
        await using SmtpClientSocket idle = await harness.HelloAsync();
        await using SmtpClientSocket sending = await harness.HelloAsync();
        await sending.BeginDataAsync();
        IPEndPoint endPoint = harness.Reception.EndPoints[0];

        Task stopping = harness.Reception.StopAsync(TimeSpan.FromMinutes(1));
        Assert.StartsWith("421 4.3.2", Assert.Single(await idle.RestAsync()));
        Assert.False(stopping.IsCompleted);
        await WaitForAsync(() => harness.Log.Lines.Any(line => line.Text.StartsWith("no longer listening", StringComparison.Ordinal)));
        using var late = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await Assert.ThrowsAsync<SocketException>(() => late.ConnectAsync(endPoint));

        Assert.StartsWith("250 2.6.0", await sending.AskAsync("x\r\n."));
        Assert.StartsWith("421 4.3.2", Assert.Single(await sending.RestAsync()));
        await stopping;
        Assert.Single(harness.Messages);
        Assert.Equal(0, harness.Counters.ConnectionsIn.Current);
    }

    [Fact]
    public async Task A_message_that_begins_while_the_server_stops_is_put_off()
    {
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync();
        await using SmtpClientSocket client = await harness.HelloAsync();
        await client.BeginDataAsync();
        Task stopping = harness.Reception.StopAsync(TimeSpan.FromMinutes(1));
        await client.SendAsync("x\r\n.\r\nMAIL FROM:<a@sender.example>\r\nRCPT TO:<b@rcpt.example>\r\n");
        List<string> replies = await client.RestAsync();
        Assert.Equal(2, replies.Count);
        Assert.StartsWith("250 2.6.0", replies[0]);
        Assert.StartsWith("421 4.3.2", replies[1]);
        await client.DisposeAsync();
        await stopping;
    }

    [Fact]
    public async Task What_is_not_finished_within_the_bound_is_cut_off()
    {
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync();
        await using SmtpClientSocket client = await harness.HelloAsync();
        await client.BeginDataAsync();
        await client.SendAsync("half");
        Task stopping = harness.Reception.StopAsync(TimeSpan.FromSeconds(30));
        await harness.AdvanceUntilAsync(stopping, TimeSpan.FromSeconds(5));
        Assert.Empty(await client.RestAsync());
        Assert.Empty(harness.Messages);
        Assert.Empty(harness.Log.Errors);
    }

    [Fact]
    public async Task A_named_source_of_the_listener_reaches_the_session()
    {
        string asked = "";
        ServerSettings settings = WithSourceQuestion((_, name) =>
        {
            asked = name;
            return ReceptionSettings.Relay;
        });
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync(settings);
        await harness.Reception.ApplyAsync([new ListenerSettings(new IPEndPoint(IPAddress.Loopback, 0), "partners")]);
        await using SmtpClientSocket client = await harness.HelloAsync();
        Assert.Equal("partners", asked);
    }

    [Fact]
    public async Task A_client_whose_rules_cannot_be_found_is_dropped_and_the_next_one_served()
    {
        bool fails = true;
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync(
            WithSourceQuestion((_, _) => fails ? throw new InvalidOperationException("no rules") : ReceptionSettings.Relay));
        await using SmtpClientSocket first = await harness.ConnectAsync();
        Assert.Empty(await first.RestAsync());
        Assert.Contains("no rules", Assert.Single(harness.Log.Errors));
        fails = false;
        await using SmtpClientSocket second = await harness.HelloAsync();
        Assert.Equal(1, harness.Counters.ConnectionsIn.Current);
    }

    private static ServerSettings WithSourceQuestion(Func<IPAddress?, string, SourceSettings> answer)
    {
        ServerSettings plain = ReceptionSettings.With(ReceptionSettings.Relay);
        return new ServerSettings
        {
            HostName = plain.HostName,
            Listeners = plain.Listeners,
            NameServers = plain.NameServers,
            Spool = plain.Spool,
            AccountingFiles = plain.AccountingFiles,
            VirtualMtas = plain.VirtualMtas,
            Pools = plain.Pools,
            ConfigFile = plain.ConfigFile,
            ResolveDelivery = plain.ResolveDelivery,
            ResolveSource = answer,
            ResolveRelayDomain = plain.ResolveRelayDomain,
        };
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, limit.Token);
        }
    }
}
