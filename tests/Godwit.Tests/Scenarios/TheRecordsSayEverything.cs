// One message to four recipients with four fates, over real sockets, and every column that its records can have: the value, or that there is none.
// A column that is new in the table is asked for here. Those that wait for authentication are expected empty, so whoever fills them comes by.

using System.Globalization;
using System.Text.RegularExpressions;
using Godwit.Accounting;
using Godwit.Tests.Guards;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class TheRecordsSayEverything
{
    private const string Time = "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}[-+][0-9]{4}$";
    private const string Number = "^[1-9][0-9]*$";
    private const string Fate = "d b t";
    private const string Message = "d b t r";
    private const string Attempt = "d b t tq";
    private const string All = "d b t tq r";

    /// <summary>A value; behind ^ a pattern.</summary>
    private static readonly (string Column, string Types, string Value)[] _expected =
    [
        ("type", "d", "d"), ("type", "b", "b"), ("type", "t", "t"), ("type", "tq", "tq"), ("type", "r", "r"),
        ("timeLogged", All, Time),
        ("timeQueued", Fate, Time),
        ("orig", Message, "a@sender.test"),
        ("rcpt", "d r", "yes@there.test"), ("rcpt", "b", "no@there.test"), ("rcpt", "t", "later@there.test"),
        ("orcpt", "d r", "rfc822;yes@list.test"), ("orcpt", "b", "rfc822;no@list.test"), ("orcpt", "t", "rfc822;later@list.test"),
        ("dsnAction", "d", "relayed"), ("dsnAction", "b", "failed"), ("dsnAction", "t", "delayed"),
        ("dsnStatus", "d", "2.0.0 (success)"), ("dsnStatus", "b", "5.1.1 (bad destination mailbox address)"),
        ("dsnStatus", "t", "4.2.2 (mailbox full)"), ("dsnStatus", "tq", "4.4.1 (no answer from host)"),
        ("dsnDiag", "d", "smtp;250 2.0.0 taken"), ("dsnDiag", "b", "smtp;550 5.1.1 no such user"), ("dsnDiag", "t", "smtp;452 4.2.2 mailbox full"),
        ("dsnDiag", "tq", "smtp;451 4.4.1 ECONNREFUSED connecting to 127.0.0.3 (127.0.0.3)"),
        ("dsnMta", Fate, "127.0.0.1 (127.0.0.1)"), ("dsnMta", "tq", "127.0.0.3 (127.0.0.3)"),
        ("bounceCat", "d", ""), ("bounceCat", "b", "bad-mailbox"), ("bounceCat", "t", "quota-issues"),
        ("srcType", Message, "smtp"),
        ("srcMta", Message, "client.test (127.0.0.1)"),
        ("dlvType", Attempt, "smtp"),
        ("dlvSourceIp", Attempt, "127.0.0.2"),
        ("dlvDestinationIp", Fate, "127.0.0.1"), ("dlvDestinationIp", "tq", "127.0.0.3"),
        ("dlvEsmtpAvailable", Fate, "PIPELINING,SIZE,8BITMIME,ENHANCEDSTATUSCODES"),
        ("dlvSize", "d", Number), ("dlvSize", "b t", ""),
        ("vmta", All, "one"),
        ("jobId", Message, "spring"),
        ("envId", Message, "campaign-7"),
        ("queue", Fate, "there.test/one"), ("queue", "tq", "dead.test/one"),
        ("vmtaPool", Message, "all"),
        ("rcvSourceIp", "r", "127.0.0.1"),
        ("rcvDestinationIp", "r", "127.0.0.1"),
        ("userString", All, "mine"),
        ("rcvSmtpUser", Message, ""),
        ("totalSecondsQueued", Fate, "^[0-9]+$"),
        ("dlvTlsProtocol", Fate, "TLSv1.3"),
        ("dlvTlsCipher", Fate, "^TLS_[A-Z0-9_]+$"),
        ("dlvTlsPolicy", Fate, "opportunistic"),
        ("rcvSize", "r", Number),
        ("rcvTlsProtocol", "r", ""), ("rcvTlsCipher", "r", ""),
    ];

    [Fact]
    public async Task In_every_column_that_their_type_has()
    {
        var authority = new TestAuthority();
        await using var peer = new ScriptedSmtpServer(script => script
            .UseTls(authority.Issue("mx.test"))
            .Recipient("no@", "550 5.1.1 no such user")
            .Recipient("later@", "452 4.2.2 mailbox full"));
        await using RunningServer server = await RunningServer.StartAsync(Config(peer));
        string[] recipients = [.. new[] { "yes@there.test", "no@there.test", "later@there.test", "gone@dead.test" }
            .Select(each => $"<{each}> NOTIFY=NEVER ORCPT=rfc822;{each.Split('@')[0]}@list.test")];
        await server.SendAsync("a@sender.test", recipients, "X-Virtual-MTA: all\r\nX-Job: spring\r\nSubject: x\r\n\r\nx\r\n", "ENVID=campaign-7");
        await server.RecordAsync("d", "yes@there.test");
        await server.RecordAsync("tq");

        var every = new AccountingCsv(server.Root, "every-*.csv");
        var wrong = new List<string>();
        foreach (string type in AccountingColumns.TypeNames)
        {
            AccountingRow? record = null;
            await Eventually.TrueAsync(
                () => (record = every.Of(type).FirstOrDefault(row => type is "tq" || row["rcpt"] == Value(type, "rcpt"))) is not null, TimeSpan.FromSeconds(20), type);
            wrong.AddRange(Columns(type).Where(column => !Is(Value(type, column), record![column])).Select(column => $"{type} {column} is \"{record![column]}\""));
        }

        Findings.AssertNone(wrong);
        string octets = (await peer.NextMessageAsync()).Content.Length.ToString(CultureInfo.InvariantCulture);
        Assert.Equal(octets, every.Of("d").Single()["dlvSize"]);
        Assert.All(every.Of("r"), row => Assert.Equal(octets, row["rcvSize"]));
        Assert.Equal(recipients.Length, every.Of("r").Count);
    }

    /// <summary>Every column that records of the type can fill.</summary>
    private static IEnumerable<string> Columns(string type) =>
        AccountingColumns.Table.Where(column => column.Types.Split(' ').Contains(type)).Select(column => column.Name);

    private static string Value(string type, string column)
    {
        (string, string, string Value)[] found = [.. _expected.Where(each => each.Column == column && each.Types.Split(' ').Contains(type))];
        Assert.True(found.Length == 1, $"{column} of {type} has {found.Length} expected values");
        return found[0].Value;
    }

    private static bool Is(string expected, string value) =>
        expected.StartsWith('^') ? Regex.IsMatch(value, expected, RegexOptions.None, TimeSpan.FromSeconds(1)) : value == expected;

    private static string Config(ScriptedSmtpServer peer) => $"""
        <virtual-mta one>
          smtp-source-host 127.0.0.2 one.mx.test
        </virtual-mta>
        <virtual-mta-pool all>
          virtual-mta one
        </virtual-mta-pool>
        <domain there.test>
          smtp-hosts [127.0.0.1]:{peer.Port}
          retry-recipients-after 1h
        </domain>
        <domain dead.test>
          smtp-hosts [127.0.0.3]:{ScriptedSmtpServer.UnusedPort()}
          retry-after 1h
        </domain>
        <acct-file every.csv>
          records {string.Join(", ", AccountingColumns.TypeNames)}
          user-string mine
          {string.Join("\n  ", AccountingColumns.TypeNames.Select(type => $"record-fields {type} {string.Join(",", Columns(type))}"))}
        </acct-file>

        """;
}
