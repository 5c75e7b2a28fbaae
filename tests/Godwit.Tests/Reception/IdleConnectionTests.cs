// Ten thousand clients that are connected and do nothing. They live in a process of their own: there each needs an open file too, and their memory
// is not the server's.

using System.Globalization;
using System.Net;
using Godwit.Tests.Support;

namespace Godwit.Tests.Reception;

[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection;

[Collection("alone")]
public sealed class IdleConnectionTests
{
    private const int Wanted = 10_000;

    /// <summary>What an idle client may cost: its socket, its session and the state of one pending read, but no buffer.</summary>
    private const int MaxOctetsEach = 4 * 1024;

    /// <summary>Files that the test's own process has open beside, with much room.</summary>
    private const int OtherFiles = 1500;

    /// <summary>Connects $1 clients to port $2, each through greeting and HELO, says so, and keeps them until the server ends the last one.</summary>
    private const string Clients = """
        for ((i = 0; i < $1; i++)); do
            exec {socket}<>"/dev/tcp/127.0.0.1/$2" || exit 1
            read -r -u "$socket" && printf 'HELO client.example\r\n' >&"$socket" && read -r -u "$socket" || exit 1
        done
        echo connected
        read -r -u "$socket"
        """;

    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Ten_thousand_idle_clients_hold_no_buffers()
    {
        int count = Math.Min(Wanted, OpenFiles() - OtherFiles);
        Assert.SkipUnless(count >= 1000, "too few open files allowed");
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync(ReceptionSettings.With(ReceptionSettings.Relay, totalMaxSmtpIn: count));
        await using RunningTool first = await ConnectAsync(harness, 100);
        long before = HeapSize.Settled();
        await using RunningTool others = await ConnectAsync(harness, count - 100);
        long each = (HeapSize.Settled() - before) / (count - 100);
        TestContext.Current.SendDiagnosticMessage("{0} clients, {1} octets each", count, each);
        Assert.InRange(each, 0, MaxOctetsEach);
        Assert.Equal(count, harness.Reception.Sessions);
        Assert.Equal(count, harness.Counters.ConnectionsIn.Current);

        await first.KillAsync();
        await others.KillAsync();
        await harness.DrainedAsync();
        Assert.Equal(0, harness.Counters.ConnectionsIn.Current);
    }

    private static async Task<RunningTool> ConnectAsync(ReceptionHarness harness, int count)
    {
        IPEndPoint server = harness.Reception.EndPoints[0];
        RunningTool clients = RunningTool.Start("bash", ["-c", Clients, "bash", $"{count}", $"{server.Port}"]);
        try
        {
            await Eventually.TrueAsync(
                () => clients.HasExited || clients.Output.Contains("connected", StringComparison.Ordinal), _limit, () => $"{count} clients: {clients.Output}");
            Assert.False(clients.HasExited, clients.Output);
            return clients;
        }
        catch
        {
            await clients.DisposeAsync();
            throw;
        }
    }

    private static int OpenFiles()
    {
        string line = File.ReadLines("/proc/self/limits").First(text => text.StartsWith("Max open files", StringComparison.Ordinal));
        string soft = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        return int.TryParse(soft, CultureInfo.InvariantCulture, out int limit) ? limit : int.MaxValue;
    }
}
