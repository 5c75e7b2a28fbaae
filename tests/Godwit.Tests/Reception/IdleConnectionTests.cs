using System.Globalization;
using System.Net.Sockets;

namespace Godwit.Tests.Reception;

[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class AloneCollection;

[Collection("alone")]
public sealed class IdleConnectionTests
{
    /// <summary>What an idle client may cost: its sockets, its session and the state of one pending read, but no buffer.</summary>
    private const int MaxOctetsEach = 8 * 1024;

    [Fact]
    public async Task Ten_thousand_idle_clients_hold_no_buffers()
    {
        int count = Math.Min(10_000, (OpenFiles() - 1500) / 2);
        Assert.SkipUnless(count >= 1000, "too few open files allowed");
        await using ReceptionHarness harness = await ReceptionHarness.StartAsync(ReceptionSettings.With(ReceptionSettings.Relay, totalMaxSmtpIn: count));
        var clients = new List<Socket>(count);
        await ConnectAsync(harness, clients, 100);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        await ConnectAsync(harness, clients, count - 100);
        long each = (GC.GetTotalMemory(forceFullCollection: true) - before) / (count - 100);
        Assert.InRange(each, 0, MaxOctetsEach);
        Assert.Equal(count, harness.Reception.Sessions);

        foreach (Socket client in clients)
        {
            client.Dispose();
        }

        await harness.DrainedAsync();
        Assert.Equal(0, harness.Counters.ConnectionsIn.Current);
    }

    /// <summary>
    /// Connects clients, a hundred at a time, each through greeting and EHLO. Their bare sockets share one receive buffer, so that only the server's
    /// memory is counted.
    /// </summary>
    private static async Task ConnectAsync(ReceptionHarness harness, List<Socket> clients, int count)
    {
        byte[] hello = "EHLO client.example\r\n"u8.ToArray();
        byte[] heard = new byte[1024];
        while (count > 0)
        {
            Socket[] batch = [.. Enumerable.Range(0, Math.Min(100, count)).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))];
            foreach (Socket client in batch)
            {
                await client.ConnectAsync(harness.Reception.EndPoints[0]);
                client.Send(hello);
            }

            foreach (Socket client in batch)
            {
                while (!heard.AsSpan(0, await client.ReceiveAsync(heard.AsMemory())).EndsWith("250 DSN\r\n"u8))
                {
                    Assert.True(client.Connected);
                }
            }

            clients.AddRange(batch);
            count -= batch.Length;
        }
    }

    private static int OpenFiles()
    {
        string line = File.ReadLines("/proc/self/limits").First(text => text.StartsWith("Max open files", StringComparison.Ordinal));
        string soft = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        return int.TryParse(soft, CultureInfo.InvariantCulture, out int limit) ? limit : int.MaxValue;
    }
}
