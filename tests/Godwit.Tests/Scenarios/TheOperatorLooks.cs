// What opens with the server beside its SMTP port, and the numbers that "show status" has when mail has passed.

using System.Text.Json;
using Godwit.Control;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class TheOperatorLooks
{
    [Fact]
    public async Task At_a_management_port_and_a_built_in_receiver_that_opened_with_the_server()
    {
        int web = Tool.FreePort();
        int dummy = Tool.FreePort();
        await using RunningServer server = await RunningServer.StartAsync($"""
            http-mgmt-port {web}
            dummy-smtp-ip 127.0.0.8
            dummy-smtp-port {dummy}
            <domain *>
              smtp-hosts [127.0.0.8]:{dummy}
            </domain>
            """);
        await server.SendAsync("a@sender.test", "b@there.test");
        Assert.Equal("127.0.0.8", (await server.RecordAsync("d", "b@there.test"))["dlvDestinationIp"]);
        await server.EmptyAsync();

        using var http = new HttpClient();
        string reply = await http.GetStringAsync(new Uri($"http://127.0.0.1:{web}/status?format=json"), TestContext.Current.CancellationToken);

        using var json = JsonDocument.Parse(reply);
        JsonElement total = json.RootElement.GetProperty("data").GetProperty("status").GetProperty("traffic").GetProperty("total");
        Assert.Equal((1, 1), (total.GetProperty("in").GetProperty("rcp").GetInt32(), total.GetProperty("out").GetProperty("rcp").GetInt32()));
    }

    [Fact]
    public async Task At_the_numbers_of_what_came_in_and_what_went_out()
    {
        await using ScriptedSmtpServer peer = new();
        await using RunningServer server = await RunningServer.StartAsync($"""
            <domain *>
              smtp-hosts [127.0.0.1]:{peer.Port}
              max-smtp-out 1
            </domain>
            """);
        // A client has gone before its session has ended: two sessions stand side by side only where nobody waits for that.
        Task NobodyAsync() => Eventually.TrueAsync(() => server.Server.Operator.ShowStatus().ConnectionsIn.Active == 0, TimeSpan.FromSeconds(10));
        await server.SendAsync("a@sender.test", ["b@there.test", "c@there.test"]);
        await NobodyAsync();
        await server.SendAsync("a@sender.test", ["d@there.test"], "Subject: a longer one\r\n\r\n" + new string('x', 500) + "\r\n");
        await NobodyAsync();
        await Assert.ThrowsAsync<IOException>(() => server.SendAsync("a@sender.test", "e@there.test", "X-Virtual-MTA: unknown\r\n\r\nrefused\r\n"));
        await server.RecordsAsync("d", 3);
        await server.EmptyAsync();
        long octets = (await peer.NextMessageAsync()).Content.Length + (await peer.NextMessageAsync()).Content.Length;

        // A session counts until both sides have said goodbye.
        await Eventually.TrueAsync(() => server.Server.Operator.ShowStatus() is { ConnectionsIn.Active: 0, ConnectionsOut.Active: 0 }, TimeSpan.FromSeconds(10));
        StatusReport status = server.Server.Operator.ShowStatus();
        Assert.Equal((2, 3, octets), Totals(status.Inbound));
        Assert.Equal((2, 3, octets), Totals(status.Outbound));
        Assert.Equal((1, 1), (status.ConnectionsIn.Top, status.ConnectionsOut.Top));
        Assert.Equal((0, 0), (status.Deferred.Total, status.Bounced.Total));
    }

    private static (long Messages, long Recipients, long Octets) Totals(DirectionTraffic traffic) =>
        (traffic.Messages.Total, traffic.Recipients.Total, traffic.Bytes.Total);
}
