// Verifiers that others wrote judge what Godwit signs: dkimpy and rspamd for both kinds of key, OpenDKIM beside them. Messages as strange as mail gets.

using System.Globalization;
using System.Text;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

[Trait("Category", "slow")]
public sealed class DkimVerifierTests : IDisposable
{
    private const int Messages = 300;

    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    /// <summary>Says for each file, and each signature in it, what dkimpy says. Records come from a file, a line each: name and text.</summary>
    private const string Verify = """
        import dkim, glob, sys
        records = dict(line.rstrip('\n').split(' ', 1) for line in open('records'))
        for name in sorted(glob.glob('*.eml')):
            message = open(name, 'rb').read()
            head = message.split(b'\r\n\r\n', 1)[0]
            count = sum(1 for line in head.split(b'\r\n') if line.lower().startswith(b'dkim-signature:'))
            for i in range(count):
                find = lambda asked, timeout=5: records.get(asked.decode().rstrip('.'), '').encode()
                try:
                    good = dkim.DKIM(message).verify(idx=i, dnsfunc=find)
                    print(name, i, 'pass' if good else 'fail')
                except Exception as e:
                    print(name, i, 'error', repr(e))
        """;

    private static readonly (string Header, string Body)[] _forms = [("relaxed", "relaxed"), ("relaxed", "simple"), ("simple", "relaxed"), ("simple", "simple")];

    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-dkim-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Dkimpy_takes_three_hundred_messages_for_genuine_and_every_altered_one_for_false()
    {
        Tool.Need("python3");
        ToolResult modules = await Tool.RunAsync("python3", ["-c", "import dkim, nacl"], _limit);
        Assert.SkipUnless(modules.ExitCode == 0, "needs python3-dkim and python3-nacl");
        List<byte[]> signed = await SignedAsync(simpleHeader: true);
        await WriteAsync(signed);

        string[] lines = await RunDkimpyAsync();

        Assert.Equal(2 * Messages * 2, lines.Length);
        Assert.Empty(lines.Where(line => line.StartsWith("good", StringComparison.Ordinal) && !line.EndsWith(" pass", StringComparison.Ordinal)));
        Assert.Empty(lines.Where(line => line.StartsWith("bad", StringComparison.Ordinal) && !line.Contains("body hash mismatch", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task OpenDkim_takes_three_hundred_messages_for_genuine_and_every_altered_one_for_false()
    {
        Tool.Need("opendkim");
        // It gets fields as a milter does, without the blanks around their values, so it cannot judge the simple form of a header.
        List<byte[]> signed = await SignedAsync(simpleHeader: false);
        await WriteAsync(signed);
        string conf = Path.Combine(_folder, "opendkim.conf");
        await File.WriteAllTextAsync(
            conf, $"Mode v\nTestPublicKeys {_folder}/records\nSyslog no\nBackground no\n", TestContext.Current.CancellationToken);
        IEnumerable<string> files = Directory.GetFiles(_folder, "*.eml").Order(StringComparer.Ordinal);

        ToolResult result = await Tool.RunAsync("opendkim", ["-x", conf, "-t", string.Join(',', files)], _limit);

        string[] lines = [.. result.Output.Split('\n').Where(line => line.Contains(": verification ", StringComparison.Ordinal))];
        Assert.Equal(Messages, lines.Count(line => line.Contains("good", StringComparison.Ordinal) && line.EndsWith("succeeded", StringComparison.Ordinal)));
        Assert.Equal(Messages, lines.Count(line => line.Contains("bad", StringComparison.Ordinal) && line.Contains(" failed: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Rspamd_takes_three_hundred_messages_for_genuine_and_every_altered_one_for_false()
    {
        Tool.Need("rspamd", "unbound");
        // rspamd 3.4 rejects, whoever signed it, a message with two of those fields that may stand once only, and in the relaxed form a body that
        // begins with blanks and has nothing else.
        List<byte[]> signed = await SignedAsync(simpleHeader: true, isOrderly: true);
        string[] strings = [.. DkimKeys.RsaRecord.Chunk(255).Select(part => $"\"{new string(part)}\"")];
        await using LocalDns dns = await LocalDns.StartAsync(
            [
                $"s1._domainkey.brand.example. 300 IN TXT {string.Join(' ', strings)}",
                $"ed._domainkey.brand.example. 300 IN TXT \"{DkimKeys.Ed25519Record}\"",
            ],
            "  local-zone: \"example.\" static");
        await using RspamdInstance rspamd = await RspamdInstance.StartAsync(dns.Port);

        foreach (byte[] message in signed)
        {
            IReadOnlyDictionary<string, string[]> good = await rspamd.JudgeAsync(message);
            IReadOnlyDictionary<string, string[]> bad = await rspamd.JudgeAsync(Altered(message));

            Assert.True(
                good.TryGetValue("R_DKIM_ALLOW", out string[]? signatures) && signatures.Order(StringComparer.Ordinal).SequenceEqual(["brand.example:s=ed", "brand.example:s=s1"])
                && !good.ContainsKey("R_DKIM_REJECT"),
                $"{string.Join(", ", good.Select(each => $"{each.Key}: {string.Join(' ', each.Value)}"))}\n{Encoding.Latin1.GetString(message)}");
            Assert.Contains("R_DKIM_REJECT", bad.Keys);
            Assert.DoesNotContain("R_DKIM_ALLOW", bad.Keys);
        }
    }

    private async Task<string[]> RunDkimpyAsync()
    {
        string script = Path.Combine(_folder, "verify.py");
        await File.WriteAllTextAsync(script, Verify, TestContext.Current.CancellationToken);
        ToolResult result = await Tool.RunAsync("env", ["-C", _folder, "/usr/bin/python3", script], _limit);
        Assert.Equal(0, result.ExitCode);
        return [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    /// <summary>Each message as it came, and once more with a line before its body.</summary>
    private async Task WriteAsync(List<byte[]> signed)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "records"),
            $"s1._domainkey.brand.example {DkimKeys.RsaRecord}\ned._domainkey.brand.example {DkimKeys.Ed25519Record}\n", cancellation);
        for (int i = 0; i < signed.Count; i++)
        {
            string number = i.ToString("000", CultureInfo.InvariantCulture);
            await File.WriteAllBytesAsync(Path.Combine(_folder, $"good{number}.eml"), signed[i], cancellation);
            await File.WriteAllBytesAsync(Path.Combine(_folder, $"bad{number}.eml"), Altered(signed[i]), cancellation);
        }
    }

    private static byte[] Altered(byte[] message)
    {
        string text = Encoding.Latin1.GetString(message);
        return Encoding.Latin1.GetBytes(text.Insert(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4, "x\r\n"));
    }

    /// <summary>What arrives when the messages go through a server, in all canonical forms.</summary>
    private async Task<List<byte[]>> SignedAsync(bool simpleHeader, bool isOrderly = false)
    {
        File.WriteAllText(Path.Combine(_folder, "rsa.pem"), DkimKeys.RsaPkcs8);
        File.WriteAllText(Path.Combine(_folder, "ed.pem"), DkimKeys.Ed25519);
        await using var host = new ScriptedSmtpServer();
        string domains = string.Concat(_forms.Select((forms, i) => $"<domain d{i}.test>\n  dkim-headers-canon {(simpleHeader ? forms.Header : "relaxed")}\n  dkim-body-canon {forms.Body}\n</domain>\n"));
        await using RunningServer server = await RunningServer.StartAsync($"""
            domain-key s1, brand.example, {_folder}/rsa.pem
            domain-key ed, brand.example, {_folder}/ed.pem
            <domain *>
              smtp-hosts [127.0.0.1]:{host.Port}
              max-smtp-out 10
              dkim-sign yes
              dkim-add-timestamp yes
              dkim-expire-after 14d
              dkim-headers /^X-/
              dkim-disallow-adding-headers From, Subject
            </domain>
            {domains}
            """);
        var random = new Random(6376);
        await using (MailClient client = await MailClient.ConnectAsync(server.EndPoint))
        {
            for (int i = 0; i < Messages; i++)
            {
                await client.SendAsync("bounces@brand.example", [$"b{i}@d{i % 4}.test"], Encoding.Latin1.GetBytes(Message(random, i, isOrderly)), "BODY=8BITMIME");
            }
        }

        var arrived = new List<byte[]>();
        while (arrived.Count < Messages)
        {
            arrived.Add((await host.NextMessageAsync()).Content);
        }

        return arrived;
    }

    private static string Message(Random random, int number, bool isOrderly)
    {
        var text = new StringBuilder("From: \"A. Sender\" <ann@brand.example>\r\nMessage-ID: <");
        text.Append(number).Append("@brand.example>\r\nDate: Mon, 02 Nov 2026 10:00:00 +0000\r\n");
        for (int i = random.Next(1, 6); i > 0; i--)
        {
            string field = Pick(random, _fields);
            bool isRepeated = _single.Any(name => IsNamed(field, name) && text.ToString().Split("\r\n").Any(line => IsNamed(line, name)));
            text.Append(isOrderly && isRepeated ? "" : field);
        }

        // Orderly: no body at all, or one that begins with a word.
        bool isEmpty = isOrderly && number % 5 == 0;
        text.Append(isOrderly && !isEmpty ? "\r\nfirst\r\n" : "\r\n");
        for (int i = isEmpty ? 0 : random.Next(0, 8); i > 0; i--)
        {
            text.Append(Pick(random, _lines)).Append("\r\n");
        }

        return text.ToString();
    }

    private static bool IsNamed(string field, string name) => field.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase);

    /// <summary>Those of <see cref="_fields"/> that a message has once (RFC 5322 section 3.6).</summary>
    private static readonly string[] _single = ["Subject", "To", "Cc"];

    private static readonly string[] _fields =
    [
        "Subject: plain\r\n", "Subject:\r\n folded\r\n\tover  three\r\n", "Subject:  two   blanks \t\r\n", "SUBJECT: =?utf-8?q?=C3=A4?=\r\n", "Subject: \u00e4\u00f6\u00fc raw\r\n",
        "To: b@d0.test,\r\n c@d1.test,\r\n d@d2.test\r\n", "To: \"Doe; John\" <j@d.test>\r\n", "Cc:x@y.test\r\n", "X-Long: " + new string('a', 900) + "\r\n", "X-Empty:\r\n", "x-blank: \r\n",
        "X-Colons: a:b:c; d=e\r\n", "List-Unsubscribe: <https://brand.example/u?x=1>,\r\n <mailto:u@brand.example>\r\n", "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        "MIME-Version: 1.0\r\nContent-Type: text/plain;\r\n\tcharset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n", "Reply-To: <ann@brand.example>\r\n",
        "X-Trace: before\r\nX-Trace: after\r\n",
    ];

    private static readonly string[] _lines =
    [
        "", "", "hello", " leading", "trailing ", "trailing\t \t", "a  b\t\tc", ".", "..", ".dots", "\t", " ", "\u00e4\u00f6\u00fc\u00df \u00ff", new string('x', 990),
        "From here", "-- ", "=20=3D", string.Concat(Enumerable.Repeat("word ", 150)),
    ];

    private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];
}
