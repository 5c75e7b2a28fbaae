// dkimpy judges the chains that we make, and we judge the signatures that it makes. Messages as strange as mail gets.

using System.Globalization;
using System.Text;
using Godwit.Tests.Dkim;
using Godwit.Tests.Support;
using Godwit.Tests.Verification;

namespace Godwit.Tests.Peers;

[Trait("Category", "slow")]
public sealed class ArcPeerTests : IDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    private const string VerifyChains = """
        import dkim, glob
        record = open('record', 'rb').read()
        for name in sorted(glob.glob('*.eml')):
            cv, results, reason = dkim.arc_verify(open(name, 'rb').read(), dnsfunc=lambda asked, timeout=5: record)
            print(name, cv.decode() if cv else cv, len(results), reason)
        """;

    private const string SignMessages = """
        import dkim, glob
        key = open('key', 'rb').read()
        forms = [(b'relaxed', b'relaxed'), (b'simple', b'simple'), (b'relaxed', b'simple'), (b'simple', b'relaxed')]
        for at, name in enumerate(sorted(glob.glob('*.eml'))):
            message = open(name, 'rb').read()
            field = dkim.sign(message, b's1', b'brand.example', key, canonicalize=forms[at % 4], length=at % 3 == 0,
                include_headers=[b'from', b'to', b'subject', b'date', b'from'])
            open(name + '.signed', 'wb').write(field + message)
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-arc-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Dkimpy_takes_our_chains_for_genuine_and_altered_ones_for_false()
    {
        await NeedDkimpyAsync();
        string message = SigningDesk.Letter;
        for (int i = 1; i <= 5; i++)
        {
            message = await SealingDesk.SealAsync($"Received: from a by b; {i}\r\n{message}");
            await WriteAsync($"good{i}.eml", message);
            await WriteAsync($"late{i}.eml", message.Replace("\r\n\r\nhello", "\r\n\r\nhallo", StringComparison.Ordinal));
        }

        await WriteAsync("record", DkimKeys.RsaRecord);
        string[] lines = await RunAsync(VerifyChains);

        Assert.Equal(10, lines.Length);
        Assert.All(lines.Where(line => line.StartsWith("good", StringComparison.Ordinal)), line => Assert.Contains(" pass ", line, StringComparison.Ordinal));
        Assert.All(lines.Where(line => line.StartsWith("late", StringComparison.Ordinal)), line => Assert.Contains(" fail ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_dkimpy_signs_is_genuine_for_us_and_false_when_it_is_altered()
    {
        await NeedDkimpyAsync();
        var random = new Random(8617);
        for (int i = 0; i < 100; i++)
        {
            await WriteAsync($"m{i.ToString("000", CultureInfo.InvariantCulture)}.eml", Message(random));
        }

        await WriteAsync("key", DkimKeys.Rsa);
        await RunAsync(SignMessages);

        string[] signed = Directory.GetFiles(_folder, "*.signed");
        Assert.Equal(100, signed.Length);
        foreach (string file in signed)
        {
            string message = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
            Assert.Equal("rsa-sha256 brand.example pass", await ContentDesk.DkimAsync(message, _ => DkimKeys.RsaRecord, random.Next(1, 100)));
            int body = message.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
            Assert.Equal("rsa-sha256 brand.example fail: the body was changed", await ContentDesk.DkimAsync(message.Insert(body, "x\r\n"), _ => DkimKeys.RsaRecord));
        }
    }

    private static async Task NeedDkimpyAsync()
    {
        Tool.Need("python3");
        ToolResult modules = await Tool.RunAsync("/usr/bin/python3", ["-c", "import dkim"], _limit);
        Assert.SkipUnless(modules.ExitCode == 0, "needs python3-dkim");
    }

    private static string Message(Random random)
    {
        string[] fields = ["Subject: a\r\n", "Subject:  two  blanks \t\r\n", "Subject:\r\n folded\r\n\tover  three\r\n", "To: b@d0.test,\r\n c@d1.test\r\n", "X-Empty:\r\n", "To:x@y.test\r\n"];
        string[] lines = ["", "", "hello", " leading", "trailing \t", "a  b\t\tc", ".", "..", "\t", " ", "\u00e4\u00f6 \u00ff", new string('x', 990)];
        var text = new StringBuilder("From: \"A. Sender\" <ann@brand.example>\r\nDate: Mon, 02 Nov 2026 10:00:00 +0000\r\n");
        for (int i = random.Next(1, 5); i > 0; i--)
        {
            text.Append(fields[random.Next(fields.Length)]);
        }

        text.Append("\r\nline\r\n");
        for (int i = random.Next(0, 9); i > 0; i--)
        {
            text.Append(lines[random.Next(lines.Length)]).Append("\r\n");
        }

        return text.ToString();
    }

    private Task WriteAsync(string name, string text) =>
        File.WriteAllBytesAsync(Path.Combine(_folder, name), Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);

    private async Task<string[]> RunAsync(string script)
    {
        string file = Path.Combine(_folder, "script.py");
        await File.WriteAllTextAsync(file, script, TestContext.Current.CancellationToken);
        ToolResult result = await Tool.RunAsync("env", ["-C", _folder, "/usr/bin/python3", file], _limit);
        Assert.True(result.ExitCode == 0, result.Output);
        return result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
