// The limits of queues hold for files and programs as they do for hosts: counted by the programs that are run.

using System.Diagnostics;
using System.Globalization;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class LocalLimitsHold
{
    [Theory]
    [InlineData("", "max-smtp-out 2", "")]
    [InlineData("total-max-smtp-out 2", "", "")]
    [InlineData("", "", "max-smtp-out 2")]
    public async Task Never_more_programs_at_once_than_connections_are_allowed(string global, string domain, string virtualMta)
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        string program = Write(server, "count", $"""
            cd {server.Root}; touch "run.$$"; ls run.* | wc -l >> counts
            while [ ! -e go ]; do sleep 0.05; done; rm "run.$$"
            """);
        await server.ReloadAsync($"""
            {global}
            <virtual-mta one>
              {virtualMta}
            </virtual-mta>
            <domain there.test>
              type pipe
              command {program}
              {domain}
            </domain>
            """);

        for (int i = 0; i < 8; i++)
        {
            await server.SendAsync("a@sender.test", $"r{i}@there.test", "X-Virtual-MTA: one\r\nSubject: x\r\n\r\nx\r\n");
        }

        string counts = Path.Combine(server.Root, "counts");
        await Eventually.TrueAsync(() => File.Exists(counts) && File.ReadAllLines(counts).Length == 2, TimeSpan.FromSeconds(30), "two programs run");
        await server.TopQueuesSayAsync("max-smtp-out");
        File.WriteAllText(Path.Combine(server.Root, "go"), "");
        await server.RecordsAsync("d", 8);

        Assert.Equal(2, File.ReadAllLines(counts).Max(line => int.Parse(line, CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData("pipe", "max-msg-rate 5/s", "")]
    [InlineData("file", "max-msg-rate 5/s", "")]
    [InlineData("pipe", "", "max-smtp-msg-rate 5/s")]
    public async Task Never_more_recipients_than_the_rate_lets_through(string type, string domain, string virtualMta)
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        string folder = Directory.CreateDirectory(Path.Combine(server.Root, "out")).FullName;
        string program = Write(server, "take", $"touch {folder}/$$");
        await server.ReloadAsync($"""
            <virtual-mta one>
              {virtualMta}
            </virtual-mta>
            <domain there.test>
              type {type}
              command {program}
              file-destination {folder}
              {domain}
            </domain>
            """);
        long start = Stopwatch.GetTimestamp();

        await server.SendAsync("a@sender.test", Enumerable.Range(0, 11).Select(i => $"r{i}@there.test"), "X-Virtual-MTA: one\r\nSubject: x\r\n\r\nx\r\n");
        await server.RecordsAsync("d", 11);

        // Eleven at five a second, evenly: ten pauses of 200 ms. However slow the machine is, it is never less.
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 1.9, 60);
        Assert.Equal(11, Directory.GetFiles(folder).Length);
    }

    [Fact]
    public async Task Octets_that_a_program_has_taken_count_against_max_data_volume_rate()
    {
        await using RunningServer server = await RunningServer.StartAsync("");
        await server.ReloadAsync("<domain there.test>\n  type pipe\n  command /bin/true\n  max-smtp-out 1\n  max-data-volume-rate 200k/h\n</domain>\n");

        await server.SendAsync("a@sender.test", ["one@there.test", "two@there.test", "three@there.test"], "Subject: x\r\n\r\n" + new string('x', 900) + "\r\n"
            + string.Concat(Enumerable.Repeat(new string('y', 900) + "\r\n", 300)));
        await server.RecordsAsync("d", 1);

        // One message is more than an hour's volume.
        await server.TopQueuesSayAsync("message rate limit reached");
        Assert.Equal(2, server.Waiting);
    }

    private static string Write(RunningServer server, string name, string lines)
    {
        string path = Path.Combine(server.Root, name);
        File.WriteAllText(path, $"#!/bin/sh\n{lines}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
