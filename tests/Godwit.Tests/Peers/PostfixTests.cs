// Postfix on the other side, in both roles. What was handed in must come out octet for octet, below the fields that each station puts on top.

using System.Text;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

[Trait("Category", "slow")]
public sealed class PostfixTests
{
    private const string Head = "From: a@sender.test\r\nTo: b@box.test\r\nDate: Mon, 02 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@sender.test>\r\nSubject: test\r\n";

    /// <summary>Bodies that have tripped mail servers.</summary>
    private static readonly (string Name, string Body)[] _bodies =
    [
        ("empty", ""),
        ("one empty line", "\r\n"),
        ("a lone dot", ".\r\n"),
        ("dots", "..\r\n.\r\n...\r\n.a\r\na.\r\n"),
        ("a dot at the end", "text\r\n.\r\n"),
        ("8-bit", "\u00e4\u00f6\u00fc \u00ff\u0080 caf\u00e9\r\n"),
        ("empty lines at both ends", "\r\n\r\ntext\r\n\r\n\r\n"),

        // RFC 5321 section 4.5.3.1.6: a text line has at most 1,000 octets, CRLF included.
        ("998 octets with CRLF", new string('x', 996) + "\r\n"),
        ("1000 octets with CRLF", new string('y', 998) + "\r\n"),
        ("1000 octets, all of it dots", new string('.', 998) + "\r\n"),
        ("white space at line ends", "a \r\nb\t\r\n \r\n"),
        ("a From line", "From here on\r\n>From there\r\n"),
    ];

    [Fact]
    public async Task Postfix_gets_from_Godwit_what_was_handed_in()
    {
        Assert.SkipUnless(PostfixInstance.Missing().Length == 0, PostfixInstance.Missing());
        await using var nowhere = new ScriptedSmtpServer();
        await using PostfixInstance postfix = await PostfixInstance.StartAsync(nowhere.EndPoint);
        await using RunningServer godwit = await RunningServer.StartAsync(To(postfix.EndPoint.Port));

        byte[][] sent = [.. _bodies.Select((each, i) => Message(each.Body, i))];
        await using (MailClient client = await MailClient.ConnectAsync(godwit.EndPoint))
        {
            foreach (byte[] message in sent)
            {
                await client.SendAsync("a@sender.test", ["b@box.test"], message, "BODY=8BITMIME");
            }
        }

        IReadOnlyList<byte[]> received = await postfix.MailAsync(sent.Length);
        AssertEach(sent, received);
        Assert.Equal(sent.Length, (await godwit.RecordsAsync("d", sent.Length)).Count);
        await godwit.EmptyAsync();
    }

    [Fact]
    public async Task Godwit_gets_from_Postfix_what_was_handed_in()
    {
        Assert.SkipUnless(PostfixInstance.Missing().Length == 0, PostfixInstance.Missing());
        await using var receiver = new ScriptedSmtpServer();
        await using RunningServer godwit = await RunningServer.StartAsync(To(receiver.Port));
        await using PostfixInstance postfix = await PostfixInstance.StartAsync(godwit.EndPoint);

        byte[][] sent = [.. _bodies.Select((each, i) => Message(each.Body, i))];
        await using (MailClient client = await MailClient.ConnectAsync(postfix.EndPoint))
        {
            foreach (byte[] message in sent)
            {
                await client.SendAsync("a@sender.test", ["b@far.test"], message, "BODY=8BITMIME");
            }
        }

        await Eventually.TrueAsync(() => receiver.MessagesWaiting == sent.Length, TimeSpan.FromSeconds(60), () => $"all messages; Postfix says:\n{postfix.Log()}");
        var received = new List<byte[]>();
        foreach (byte[] _ in sent)
        {
            received.Add((await receiver.NextMessageAsync()).Content);
        }

        AssertEach(sent, received);
        Assert.Equal(sent.Length, (await godwit.RecordsAsync("d", sent.Length)).Count);
    }

    [Fact]
    public async Task Fifty_recipients_arrive_once_each_in_both_directions()
    {
        Assert.SkipUnless(PostfixInstance.Missing().Length == 0, PostfixInstance.Missing());
        await using var receiver = new ScriptedSmtpServer();
        await using RunningServer godwit = await RunningServer.StartAsync(To(receiver.Port));
        await using PostfixInstance postfix = await PostfixInstance.StartAsync(godwit.EndPoint);
        await godwit.ReloadAsync(To(receiver.Port) + "\n" + To(postfix.EndPoint.Port, "box.test"));
        byte[] message = Message("hello all\r\n", 0);
        string[] far = [.. Enumerable.Range(0, 50).Select(i => $"user{i}@far.test")];
        string[] box = [.. Enumerable.Range(0, 50).Select(i => $"user{i}@box.test")];

        // One message by Postfix to Godwit and on, one by Godwit to Postfix.
        await using (MailClient client = await MailClient.ConnectAsync(postfix.EndPoint))
        {
            await client.SendAsync("a@sender.test", far, message);
        }

        await using (MailClient client = await MailClient.ConnectAsync(godwit.EndPoint))
        {
            await client.SendAsync("a@sender.test", box, message);
        }

        IReadOnlyList<byte[]> stored = await postfix.MailAsync(50);
        Assert.Equal(box.Order(), stored.Select(each => Field(each, "Delivered-To")).Order());
        IReadOnlyList<AccountingRow> delivered = await godwit.RecordsAsync("d", 100);
        Assert.Equal(far.Concat(box).Order(), delivered.Select(row => row["rcpt"]).Order());
        var seen = new List<string>();
        while (receiver.MessagesWaiting > 0)
        {
            seen.AddRange((await receiver.NextMessageAsync()).Recipients);
        }

        Assert.Equal(far.Select(address => $"RCPT TO:<{address}>").Order(), seen.Select(line => line.Split(" NOTIFY")[0].Split(" ORCPT")[0]).Order());
    }

    [Fact]
    public async Task Addresses_beyond_ASCII_pass_in_both_directions()
    {
        Assert.SkipUnless(PostfixInstance.Missing().Length == 0, PostfixInstance.Missing());
        await using var receiver = new ScriptedSmtpServer(script => script.Extensions.Add("SMTPUTF8"));
        await using RunningServer godwit = await RunningServer.StartAsync(To(receiver.Port));
        await using PostfixInstance postfix = await PostfixInstance.StartAsync(godwit.EndPoint);
        await godwit.ReloadAsync(To(receiver.Port) + "\n" + To(postfix.EndPoint.Port, "box.test"));
        byte[] message = [.. Encoding.ASCII.GetBytes(Head), .. "X-Name: J\u00fcrgen\r\n\r\n\u043f\u0440\u0438\u0432\u0435\u0442\r\n"u8];

        await using (MailClient client = await MailClient.ConnectAsync(godwit.EndPoint))
        {
            await client.SendAsync("j\u00fcrgen@sender.test", ["p\u00eatre@box.test"], message, "BODY=8BITMIME SMTPUTF8");
        }

        byte[] stored = Assert.Single(await postfix.MailAsync(1));
        AssertEndsWith(message, stored);
        Assert.Equal("p\u00eatre@box.test", Field(stored, "Delivered-To"));

        await using (MailClient client = await MailClient.ConnectAsync(postfix.EndPoint))
        {
            await client.SendAsync("j\u00fcrgen@sender.test", ["\u7528\u6237@far.test"], message, "BODY=8BITMIME SMTPUTF8");
        }

        await Eventually.TrueAsync(() => godwit.Accounting.Of("d").Any(row => row["rcpt"] == "\u7528\u6237@far.test"),
            TimeSpan.FromSeconds(30),
            () => $"the message; Postfix says:\n{postfix.Log()}");
        AccountingRow record = await godwit.RecordAsync("d", "\u7528\u6237@far.test");
        Assert.Equal("j\u00fcrgen@sender.test", record["orig"]);
        ReceivedMessage received = await receiver.NextMessageAsync();
        AssertEndsWith(message, received.Content);
        Assert.Contains("SMTPUTF8", received.Mail);
    }

    [Fact]
    public async Task Twenty_megabytes_pass_in_both_directions()
    {
        Assert.SkipUnless(PostfixInstance.Missing().Length == 0, PostfixInstance.Missing());
        await using var receiver = new ScriptedSmtpServer();
        await using RunningServer godwit = await RunningServer.StartAsync(To(receiver.Port));
        await using PostfixInstance postfix = await PostfixInstance.StartAsync(godwit.EndPoint);
        await godwit.ReloadAsync(To(receiver.Port) + "\n" + To(postfix.EndPoint.Port, "box.test"));
        byte[] message = Message(LargeBody(20_000_000), 0);

        await using (MailClient client = await MailClient.ConnectAsync(godwit.EndPoint))
        {
            await client.SendAsync("a@sender.test", ["b@box.test"], message);
        }

        AssertEndsWith(message, Assert.Single(await postfix.MailAsync(1)));

        await using (MailClient client = await MailClient.ConnectAsync(postfix.EndPoint))
        {
            await client.SendAsync("a@sender.test", ["b@far.test"], message);
        }

        await godwit.RecordAsync("d", "b@far.test");
        AssertEndsWith(message, (await receiver.NextMessageAsync()).Content);
    }

    private static string To(int port, string domain = "*") => $"""
        <domain {domain}>
          smtp-hosts [127.0.0.1]:{port}
          connection-idle-timeout 2s
        </domain>
        """;

    private static byte[] Message(string body, int number) => Encoding.Latin1.GetBytes($"{Head}X-Number: {number}\r\n\r\n{body}");

    private static string LargeBody(int octets)
    {
        var random = new Random(7);
        var body = new StringBuilder(octets + 1000);
        while (body.Length < octets)
        {
            int length = random.Next(0, 120);
            for (int i = 0; i < length; i++)
            {
                body.Append((char)random.Next('.', 'z'));
            }

            body.Append("\r\n");
        }

        return body.ToString();
    }

    private static string Field(byte[] message, string name) =>
        Encoding.UTF8.GetString(message).Split("\r\n").First(line => line.StartsWith(name + ": ", StringComparison.Ordinal))[(name.Length + 2)..];

    private static void AssertEach(byte[][] sent, IReadOnlyList<byte[]> received)
    {
        Assert.Equal(sent.Length, received.Count);
        Dictionary<string, byte[]> byNumber = received.ToDictionary(message => Field(message, "X-Number"));
        for (int i = 0; i < sent.Length; i++)
        {
            AssertEndsWith(sent[i], byNumber[$"{i}"], _bodies[i].Name);
        }
    }

    private static void AssertEndsWith(byte[] expected, byte[] actual, string what = "the message")
    {
        bool same = actual.AsSpan().EndsWith(expected);
        Assert.True(same, same ? "" : $"{what}: sent\n{Visible(expected)}\nreceived\n{Visible(actual)}");
    }

    private static string Visible(byte[] octets) =>
        Encoding.Latin1.GetString(octets.AsSpan(0, Math.Min(octets.Length, 3000))).Replace("\r\n", "<CRLF>\n", StringComparison.Ordinal);
}
