// Accounting for a receiver and for a program that do not take it: mail goes on, nothing is lost, the operator is told. And what the log shows of content.

using System.Text;
using Godwit.Export;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class RecordsLeaveTheServer
{
    private const int Recipients = 400;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Mail_is_delivered_while_a_receiver_refuses_and_a_program_does_not_read_and_both_get_all_of_it_later()
    {
        await using var host = new ScriptedSmtpServer();
        await using var receiver = new HookReceiver();
        bool works = false;
        var taken = new List<HookRequest>();
        receiver.Answer = request =>
        {
            taken.AddRange(works ? [request] : []);
            return works ? 200 : 500;
        };
        await using RunningServer server = await RunningServer.StartAsync("");
        string output = Path.Combine(server.Root, "piped");
        string config = $"""
            <domain there.test>
              smtp-hosts [127.0.0.1]:{host.Port}
            </domain>
            <acct-file {server.Root}/hooks/out.csv>
              http-webhook-url {receiver.Url}
              max-size 50K
            </acct-file>
            <acct-file |if [ -e {output}.go ]; then exec cat > {output}; fi; exec sleep 1000>
              record-fields d,b rcpt, dsnDiag, dsnMta, srcMta, queue, dlvEsmtpAvailable, vmta, timeLogged, timeQueued
              write-timeout 1s
              retry-interval 1h
            </acct-file>

            """;
        await server.ReloadAsync(config);

        for (int i = 0; i < Recipients; i += 50)
        {
            await server.SendAsync("", Enumerable.Range(i, 50).Select(n => $"{new string('x', 50)}-user{n}@there.test"));
        }

        await server.RecordsAsync("d", Recipients);
        await Eventually.TrueAsync(() => server.Server.Operator.ShowStatus().ExportTroubles.Count == 2, _patience);
        IReadOnlyList<ExportTrouble> troubles = server.Server.Operator.ShowStatus().ExportTroubles;
        Assert.StartsWith("the receiver answers 500 words; ", troubles[0].Text, StringComparison.Ordinal);
        Assert.StartsWith("the program has read nothing for 1 s and was ended", troubles[1].Text, StringComparison.Ordinal);
        Assert.Null(server.Server.Operator.NotReady());
        Assert.Contains("Held        |if since ", await server.RunAsync("show status"), StringComparison.Ordinal);
        await server.EmptyAsync();

        works = true;
        File.WriteAllText($"{output}.go", "");
        await server.ReloadAsync(config);
        await Eventually.TrueAsync(() => server.Server.Operator.ShowStatus().ExportTroubles.Count == 0, _patience);
        await Eventually.TrueAsync(() => File.Exists(output) && Piped(output).Count == Recipients, _patience);
        Assert.Equal(Recipients, Piped(output).Distinct(StringComparer.Ordinal).Count());
        Assert.NotEmpty(taken);
        Assert.All(taken, request => Assert.StartsWith("type,timeLogged,timeQueued,orig,rcpt,", request.Text, StringComparison.Ordinal));
    }

    private static IReadOnlyList<string> Piped(string path)
    {
        List<string[]> lines = Accounting.Csv.Parse(File.ReadAllText(path));
        int column = Array.IndexOf(lines[0], "rcpt");
        return [.. lines.Skip(1).Select(line => line.Length > column ? line[column] : "")];
    }

    [Fact]
    public async Task Records_that_a_domain_disables_are_in_no_file()
    {
        await using RunningServer server = await RunningServer.StartAsync("""
            <domain quiet.test>
              type discard
              disable-acct-records d
            </domain>
            <domain there.test>
              type discard
            </domain>

            """);
        await server.SendAsync("", ["a@quiet.test", "b@there.test"]);
        await server.RecordAsync("d", "b@there.test");
        await server.EmptyAsync();

        Assert.DoesNotContain(server.Accounting.Of("d"), row => row["rcpt"] == "a@quiet.test");
        Assert.Contains(server.Accounting.Of("r"), row => row["rcpt"] == "a@quiet.test");
    }

    [Fact]
    public async Task Columns_come_from_the_header_of_each_message()
    {
        await using RunningServer server = await RunningServer.StartAsync("<domain there.test>\n  type discard\n</domain>\n");
        await server.ReloadAsync($"""
            <domain there.test>
              type discard
            </domain>
            <acct-file {server.Root}/fields.csv>
              records d, r
              record-fields d,r rcpt, header_Subject
              map-header-to-field d,r header_X-None campaign
              map-header-to-field d,r header_X-Campaign campaign
            </acct-file>

            """);
        await server.SendAsync("", "a@there.test", "Subject: one\r\nX-Campaign: spring\r\n\r\nbody\r\n");
        await server.RecordAsync("d");
        await server.EmptyAsync();

        IReadOnlyList<AccountingRow> rows = new AccountingCsv(server.Root, "fields-*.csv").Rows;
        Assert.Equal(["d one spring", "r one spring"], rows.Select(row => $"{row.Type} {row["header_Subject"]} {row["campaign"]}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Content_is_in_the_log_where_a_reload_asks_for_it_and_keys_are_not()
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync($"<domain there.test>\n  smtp-hosts [127.0.0.1]:{host.Port}\n</domain>\n");
        await server.SendAsync("", "a@there.test", "Subject: before\r\n\r\nunseen\r\n");
        await server.RecordAsync("d");
        await server.ReloadAsync($"""
            <domain there.test>
              smtp-hosts [127.0.0.1]:{host.Port}
              log-data yes
            </domain>
            <source 127.0.0.1>
              always-allow-relaying yes
              log-data yes
              retain-x-dkim-key yes
            </source>

            """);
        await server.SendAsync("", "b@there.test", "Subject: shown\r\nX-DKIM-Key: AAAAAAAAAAAAAAAA\r\n BBBBBBBBBBBBBBBBBBBB\r\n\r\nbare \u00e4\r\n");
        await server.LogSaysAsync("000000  53 75 62 6a 65 63 74 3a  20 73 68 6f 77 6e 0d 0a  Subject: shown..");
        await Eventually.TrueAsync(() => server.Log().Split('\n').Count(line => line.Contains("Subject: shown..", StringComparison.Ordinal)) == 1, _patience);
        await server.LogSaysAsync(": 000000  52 65 63 65 69 76 65 64");

        // On its way out it has the key still, where an operator wants it to.
        await host.NextMessageAsync();
        Assert.Contains("BBBBBBBB", Encoding.Latin1.GetString((await host.NextMessageAsync()).Content), StringComparison.Ordinal);
        const string Stars = "2a 2a 2a 2a";
        await Eventually.TrueAsync(
            () => server.Log().Split('\n').Any(line => line.Contains(Stars, StringComparison.Ordinal) && line.Contains(" to 127.0.0.1 (127.0.0.1): ", StringComparison.Ordinal)), _patience);
        Assert.DoesNotContain("AAAA", server.Log(), StringComparison.Ordinal);
        Assert.DoesNotContain("BBBB", server.Log(), StringComparison.Ordinal);
        Assert.DoesNotContain("unseen", server.Log(), StringComparison.Ordinal);
    }
}
