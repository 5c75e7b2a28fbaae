// DKIM on a whole server: what arrives verifies, and what a key's fault does to mail.

using System.Net;
using System.Text;
using Godwit.Control;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class MailIsSigned : IDisposable
{
    private const string Letter = "From: Ann <ann@brand.example>\r\nTo: b@there.test\r\nSubject: hello\r\n\r\nhello\r\n.\r\n..\r\n";

    private readonly string _keys = Directory.CreateTempSubdirectory("godwit-keys-").FullName;

    public MailIsSigned()
    {
        File.WriteAllText(Path.Combine(_keys, "rsa.pem"), DkimKeys.Rsa);
        File.WriteAllText(Path.Combine(_keys, "ed.pem"), DkimKeys.Ed25519);
    }

    public void Dispose() => Directory.Delete(_keys, recursive: true);

    [Fact]
    public async Task What_arrives_verifies_with_both_keys_and_its_size_was_said()
    {
        await using var host = new ScriptedSmtpServer(script => script.Extensions.Add("SIZE 10000000"));
        await using RunningServer server = await RunningServer.StartAsync(Config(host.Port));

        await server.SendAsync("bounces@brand.example", "b@there.test", Letter);
        ReceivedMessage message = await host.NextMessageAsync();

        Assert.Equal(
            "rsa-sha256 d=brand.example s=s1 i=ann@brand.example: pass\ned25519-sha256 d=brand.example s=ed i=ann@brand.example: pass",
            PlainDkim.Judge(message.Content, Record));
        Assert.Contains($" SIZE={message.Content.Length}", message.Mail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signed_message_still_goes_out_in_one_chunk()
    {
        await using var host = new ScriptedSmtpServer(script =>
        {
            script.Extensions.Add("CHUNKING");
            script.Extensions.Add("SIZE");
        });
        await using RunningServer server = await RunningServer.StartAsync(Config(host.Port));

        await server.SendAsync("bounces@brand.example", "b@there.test", Letter);
        ReceivedMessage message = await host.NextMessageAsync();

        Assert.True(message.Chunked);
        Assert.Contains($" SIZE={message.Content.Length}", message.Mail, StringComparison.Ordinal);
        Assert.EndsWith(": pass", PlainDkim.Judge(message.Content, Record), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_message_that_lies_in_pieces_verifies()
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Config(host.Port));
        string large = Letter + string.Concat(Enumerable.Range(0, 60_000).Select(i => $"line {i} of  a long\ttext \r\n"));

        await server.SendAsync("bounces@brand.example", "b@there.test", large);

        Assert.DoesNotContain("wrong", PlainDkim.Judge((await host.NextMessageAsync()).Content, Record), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recipients_of_one_message_in_several_queues_get_the_same_signatures()
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Config(host.Port));

        await server.SendAsync("bounces@brand.example", ["a@one.test", "b@two.test", "c@three.test"], Letter);
        byte[][] arrived = [(await host.NextMessageAsync()).Content, (await host.NextMessageAsync()).Content, (await host.NextMessageAsync()).Content];

        Assert.All(arrived, content => Assert.Equal(arrived[0], content));
        Assert.StartsWith("DKIM-Signature: ", Encoding.Latin1.GetString(arrived[0]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_keeps_its_signatures_when_it_goes_to_the_next_host()
    {
        await using var host = new ScriptedSmtpServer();
        await using var away = new ScriptedSmtpServer(script => script.On("MAIL", PeerAnswer.Farewell("421 4.3.2 closing")), IPAddress.Parse("127.0.0.2"), host.Port);
        await using RunningServer server = await RunningServer.StartAsync(
            Config(host.Port).Replace($"[127.0.0.1]:{host.Port}", $"[127.0.0.2]:{host.Port};[127.0.0.1]:{host.Port}", StringComparison.Ordinal)
                .Replace("dkim-sign yes", "dkim-sign yes\n  smtp-421-means-mx-unavailable yes", StringComparison.Ordinal));

        await server.SendAsync("bounces@brand.example", "b@there.test", Letter);

        Assert.EndsWith(": pass", PlainDkim.Judge((await host.NextMessageAsync()).Content, Record), StringComparison.Ordinal);
        Assert.Single(away.Sessions);
    }

    [Fact]
    public async Task Mail_of_a_sender_without_a_key_goes_as_it_came()
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Config(host.Port));

        await server.SendAsync("x@stranger.example", "b@there.test", "From: x@stranger.example\r\n\r\nhello\r\n");

        Assert.DoesNotContain("DKIM-Signature", Encoding.Latin1.GetString((await host.NextMessageAsync()).Content), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_message_chooses_its_signature_also_over_a_restart_and_its_wishes_stay_here()
    {
        await using var host = new ScriptedSmtpServer();
        string wishes = "X-DKIM-Options: s=own; d=tenant.example\r\nX-DKIM-Key: " + DkimKeys.Rsa.Trim().Replace("\n", "\r\n ", StringComparison.Ordinal) + "\r\n";
        string config = Config(host.Port) + "\n<source *>\n  process-x-dkim-options yes\n  process-x-dkim-key yes\n  always-allow-relaying yes\n</source>\n";
        await using RunningServer server = await RunningServer.StartAsync(config);
        await server.RunAsync("pause queue there.test/*");
        await server.SendAsync("bounces@brand.example", "b@there.test", wishes + Letter);

        await server.StopAsync();
        await server.StartAsync();
        await server.RunAsync("resume queue there.test/*");
        byte[] arrived = (await host.NextMessageAsync()).Content;

        Assert.Equal("rsa-sha256 d=tenant.example s=own i=@tenant.example: pass", PlainDkim.Judge(arrived, Record));
        Assert.DoesNotContain("x-dkim-", Encoding.Latin1.GetString(arrived), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(DkimKeys.Rsa.Split('\n')[2], server.Log(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_the_source_does_not_read_is_taken_out_and_the_log_says_so()
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Config(host.Port));

        await server.SendAsync(
            "bounces@brand.example", "b@there.test", "X-DKIM-Key: " + DkimKeys.Rsa.Trim().Replace("\n", "\r\n ", StringComparison.Ordinal) + "\r\n" + Letter);

        Assert.DoesNotContain("x-dkim-key", Encoding.Latin1.GetString((await host.NextMessageAsync()).Content), StringComparison.OrdinalIgnoreCase);
        await server.LogSaysAsync("from <bounces@brand.example>: an X-DKIM-Key that source ");
        Assert.DoesNotContain(DkimKeys.Rsa.Split('\n')[2], server.Log(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_with_a_damaged_key_changes_nothing_and_tells_no_secret()
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Config(host.Port));
        File.WriteAllText(Path.Combine(_keys, "rsa.pem"), DkimKeys.Rsa.Remove(300, 100));

        ReloadReport report = await server.TryReloadAsync(Config(host.Port));
        await server.SendAsync("bounces@brand.example", "b@there.test", Letter);

        Assert.False(report.Reloaded);
        Assert.Contains(report.Problems, p => p.Severity == ConfigSeverity.Error && p.Message.Contains("rsa.pem is damaged", StringComparison.Ordinal));
        Assert.EndsWith(": pass", PlainDkim.Judge((await host.NextMessageAsync()).Content, Record), StringComparison.Ordinal);
        Assert.DoesNotContain(DkimKeys.Rsa.Split('\n')[2], server.Log() + string.Join('\n', report.Problems), StringComparison.Ordinal);
        Assert.DoesNotContain(DkimKeys.Ed25519.Split('\n')[1], server.Log(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reload_brings_a_new_key_and_a_new_selector()
    {
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(Config(host.Port));

        await server.ReloadAsync(Config(host.Port).Replace("domain-key s1,", "domain-key s2,", StringComparison.Ordinal));
        await server.SendAsync("bounces@brand.example", "b@there.test", Letter);

        Assert.StartsWith("rsa-sha256 d=brand.example s=s2 ", PlainDkim.Judge((await host.NextMessageAsync()).Content, Record), StringComparison.Ordinal);
    }

    [Fact]
    public void Signing_with_a_key_that_is_not_there_is_no_configuration_to_start_with()
    {
        string file = Path.Combine(_keys, "config");
        File.WriteAllText(file, $"postmaster a@example.com\nspool {_keys}\ndomain-key s1, brand.example, {_keys}/none.pem\n<domain *>\ndkim-sign yes\n</domain>\n");

        ConfigLoad load = GodwitServer.LoadConfiguration(file);

        Assert.Null(load.Settings);
        Assert.Contains(load.Problems, p => p.ToString() == $"{file}:3:12: error: domain-key: {_keys}/none.pem: no such file; mail would go unsigned");
    }

    private static string Record(string selector, string domain) => selector == "ed" ? DkimKeys.Ed25519Record : DkimKeys.RsaRecord;

    private string Config(int port) => $"""
        domain-key s1, brand.example, {_keys}/rsa.pem
        domain-key ed, brand.example, {_keys}/ed.pem
        <domain *>
          smtp-hosts [127.0.0.1]:{port}
          dkim-sign yes
        </domain>
        """;
}
