// Checks of senders on a whole server: what a client hears at MAIL and behind its content, and what the next host reads in the header.

using System.Text;
using Godwit.Dns;
using Godwit.Settings;
using Godwit.Tests.Dkim;
using Godwit.Tests.Support;
using Godwit.Tests.Verification;

namespace Godwit.Tests.Scenarios;

public sealed class SendersAreChecked : IDisposable
{
    private readonly string _keys = Directory.CreateTempSubdirectory("godwit-keys-").FullName;
    private readonly SigningDesk _desk = new("domain-key s1, brand.example, /rsa\n");

    public SendersAreChecked() => File.WriteAllText(Path.Combine(_keys, "rsa.pem"), DkimKeys.Rsa);

    public void Dispose() => Directory.Delete(_keys, recursive: true);

    [Fact]
    public async Task The_next_host_reads_what_was_found_and_nothing_that_was_forged_in_our_name()
    {
        await using var dns = new ScriptedDnsServer();
        dns.Zone("brand.example").Txt("@", "v=spf1 ip4:127.0.0.0/8 -all").Txt("s1._domainkey", Parts(DkimKeys.RsaRecord)).Txt("_dmarc", "v=DMARC1; p=reject");
        dns.Zone("127.in-addr.arpa").Raw("1.0.0", DnsType.PTR, WirePtr("localhost.brand.example"));
        dns.Zone("brand.example").A("localhost", "127.0.0.1");
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await StartAsync(dns, host, "check-spf-inbound yes\ncheck-dkim-inbound yes\ncheck-iprev-inbound yes\ncheck-dmarc-inbound yes");

        const string Forged = "Authentication-Results: (x) MX.test 1; dkim=pass header.d=bank.example\r\nAuthentication-Results: other.test; dkim=pass\r\n";
        await server.SendAsync("bounces@brand.example", "b@there.test", Forged + _desk.Sign(SigningDesk.Letter));
        string arrived = Encoding.Latin1.GetString((await host.NextMessageAsync()).Content);

        Assert.StartsWith("Authentication-Results: mx.test;\r\n\tspf=pass (brand.example: ip4:127.0.0.0/8)\r\n\tsmtp.mailfrom=bounces@brand.example;\r\n", arrived, StringComparison.Ordinal);
        Assert.Contains("\tiprev=pass (localhost.brand.example)\r\n", arrived, StringComparison.Ordinal);
        Assert.Contains("\tdkim=pass\r\n\theader.d=brand.example\r\n", arrived, StringComparison.Ordinal);
        Assert.Contains("\tdmarc=pass (p=reject pct=100)\r\n\theader.from=brand.example;\r\n\tarc=none", arrived, StringComparison.Ordinal);
        Assert.DoesNotContain("bank.example", arrived, StringComparison.Ordinal);
        Assert.Contains("Authentication-Results: other.test; dkim=pass\r\n", arrived, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sender_whose_domain_says_no_is_refused_at_mail_in_the_owner_s_words()
    {
        await using var dns = new ScriptedDnsServer();
        dns.Zone("brand.example").Txt("@", "v=spf1 exp=why.%{d} -all").Txt("why", "%{i} is not ours");
        dns.Zone("broken.example").Txt("@", "v=spf1 ip4:1.2.3");
        dns.When("silent.example", DnsType.TXT).ServFail();
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await StartAsync(dns, host, "check-spf-inbound yes\ntrace-spf-check yes");

        using var client = await ScriptedClient.ConnectAsync(server.EndPoint);
        Assert.Equal("550 5.7.23 SPF failed, brand.example explained: 127.0.0.1 is not ours", await client.SayAsync("MAIL FROM:<a@brand.example>"));
        Assert.Equal("550 5.5.2 SPF record is broken: the record of broken.example: ip4:1.2.3: no such address", await client.SayAsync("MAIL FROM:<a@broken.example>"));
        Assert.StartsWith("451 4.4.3 SPF cannot be checked for now: ", await client.SayAsync("MAIL FROM:<a@silent.example>"), StringComparison.Ordinal);
        Assert.StartsWith("503 ", await client.SayAsync("RCPT TO:<b@there.test>"), StringComparison.Ordinal);
        Assert.Equal("250 2.1.0 MAIL ok", await client.SayAsync("MAIL FROM:<a@unknown.example>"));
        await server.LogSaysAsync("spf of <a@brand.example> is fail: brand.example: -all; explanation \"127.0.0.1 is not ours\"");
    }

    [Fact]
    public async Task Commands_that_are_pipelined_behind_mail_wait_for_the_check_and_are_answered_in_order()
    {
        await using var dns = new ScriptedDnsServer();
        var gate = new TaskCompletionSource();
        dns.Zone("brand.example").Txt("@", "v=spf1 +all");
        dns.When("brand.example", DnsType.TXT).AnswerAfter(gate.Task);
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await StartAsync(dns, host, "check-spf-inbound yes");

        using var client = await ScriptedClient.ConnectAsync(server.EndPoint);
        await client.WriteAsync("MAIL FROM:<a@brand.example>\r\nRCPT TO:<b@there.test>\r\nRSET\r\nNOOP\r\n");
        await dns.ReceivedAsync("brand.example", DnsType.TXT);
        gate.SetResult();

        Assert.Equal("250 2.1.0 MAIL ok", await client.ReadAsync());
        Assert.StartsWith("250 2.1.5 ", await client.ReadAsync(), StringComparison.Ordinal);
        Assert.Equal("250 2.0.0 ok", await client.ReadAsync());
        Assert.Equal("250 2.0.0 ok", await client.ReadAsync());
    }

    [Fact]
    public async Task Mail_that_nobody_vouches_for_is_refused_where_its_domain_asks_for_that()
    {
        await using var dns = new ScriptedDnsServer();
        dns.Zone("brand.example").Txt("@", "v=spf1 ip4:127.0.0.1 -all").Txt("_dmarc", "v=DMARC1; p=reject");
        dns.Zone("other.example").Txt("@", "v=spf1 ip4:127.0.0.1 -all").Txt("_dmarc", "v=DMARC1; p=none");
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await StartAsync(dns, host, "check-dmarc-inbound yes\nreject-dmarc-check-fail yes");

        using var client = await ScriptedClient.ConnectAsync(server.EndPoint);
        Assert.Equal(
            "550 5.7.26 brand.example asks to reject mail that neither SPF nor DKIM can show to be its own",
            await client.SendAsync("a@other.example", "b@there.test", "From: a@brand.example\r\n\r\nhello\r\n"));
        Assert.StartsWith("250 ", await client.SendAsync("a@brand.example", "b@there.test", "From: a@brand.example\r\n\r\nhello\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.SendAsync("a@brand.example", "b@there.test", "From: a@other.example\r\n\r\nhello\r\n"), StringComparison.Ordinal);
        await host.NextMessageAsync();
        Assert.Contains("dmarc=fail (p=none pct=100)", Encoding.Latin1.GetString((await host.NextMessageAsync()).Content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_belongs_to_nobody_or_to_several_is_refused_where_dmarc_refuses()
    {
        await using var dns = new ScriptedDnsServer();
        dns.Zone("brand.example").Txt("_dmarc", "v=DMARC1; p=reject");
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await StartAsync(dns, host, "check-dmarc-inbound yes\nreject-dmarc-check-fail yes");
        string[] headers =
        [
            "From: a@other.example\r\nFrom: a@brand.example\r\n", "From: a@other.example, b@brand.example\r\n", "From: nobody\r\n", "Subject: hello\r\n",
        ];

        using var client = await ScriptedClient.ConnectAsync(server.EndPoint);
        foreach (string header in headers)
        {
            Assert.StartsWith(
                "550 5.7.26 DMARC cannot tell whose this message is: ", await client.SendAsync("a@other.example", "b@there.test", header + "\r\nhello\r\n"), StringComparison.Ordinal);
        }

        Assert.StartsWith("250 ", await client.SendAsync("a@other.example", "b@there.test", "From: a@other.example\r\n\r\nhello\r\n"), StringComparison.Ordinal);
        await server.LogSaysAsync("DMARC cannot tell whose this message is: there is more than one From");
    }

    [Fact]
    public async Task Such_a_message_goes_on_with_its_finding_where_dmarc_refuses_nothing()
    {
        await using var dns = new ScriptedDnsServer();
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await StartAsync(dns, host, "check-dmarc-inbound yes");

        await server.SendAsync("a@other.example", "b@there.test", "From: a@other.example\r\nFrom: a@brand.example\r\n\r\nhello\r\n");

        Assert.Contains("\tdmarc=permerror", Encoding.Latin1.GetString((await host.NextMessageAsync()).Content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_without_a_name_is_refused_where_that_is_asked_for()
    {
        await using var dns = new ScriptedDnsServer();
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await StartAsync(dns, host, "check-iprev-inbound yes\nreject-iprev-check-permerror yes");

        using var client = await ScriptedClient.ConnectAsync(server.EndPoint);

        Assert.Equal("550 5.7.25 reverse name of 127.0.0.1: the address has no name", await client.SayAsync("MAIL FROM:<a@brand.example>"));
    }

    [Fact]
    public async Task A_large_message_that_lies_in_pieces_is_checked_as_a_whole()
    {
        await using var dns = new ScriptedDnsServer();
        dns.Zone("brand.example").Txt("s1._domainkey", Parts(DkimKeys.RsaRecord));
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await StartAsync(dns, host, "check-dkim-inbound yes");
        string large = _desk.Sign(SigningDesk.Letter + string.Concat(Enumerable.Range(0, 60_000).Select(i => $"line {i} of  a long\ttext \r\n")));

        await server.SendAsync("bounces@brand.example", "b@there.test", large);

        Assert.Contains("\tdkim=pass\r\n", Encoding.Latin1.GetString((await host.NextMessageAsync()).Content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mail_that_is_passed_on_is_sealed_and_the_chain_holds_where_it_arrives()
    {
        await using var dns = new ScriptedDnsServer();
        dns.Zone("relay.example").Txt("s1._domainkey", Parts(DkimKeys.RsaRecord));
        dns.Zone("brand.example").Txt("s1._domainkey", Parts(DkimKeys.RsaRecord));
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await StartAsync(
            dns, host, "arc-seal relay.example\nadd-date-header override\nremove-header Subject\nadd-message-id-header yes", $"domain-key s1, relay.example, {_keys}/rsa.pem\n");

        await server.SendAsync("bounces@brand.example", "b@there.test", _desk.Sign(SigningDesk.Letter));
        string once = Encoding.Latin1.GetString((await host.NextMessageAsync()).Content);
        await server.SendAsync("bounces@brand.example", "b@there.test", once);
        string twice = Encoding.Latin1.GetString((await host.NextMessageAsync()).Content);

        Assert.StartsWith("ARC-Seal: i=1; ", once, StringComparison.Ordinal);
        Assert.Contains("\r\nARC-Authentication-Results: i=1; mx.test;\r\n\tspf=none ", once, StringComparison.Ordinal);
        Assert.DoesNotContain("Subject: hello", once, StringComparison.Ordinal);
        Assert.Equal((1, "pass"), await ChainAsync(once));
        Assert.StartsWith("ARC-Seal: i=2; ", twice, StringComparison.Ordinal);
        Assert.Contains("\tarc=pass (i=1)", twice, StringComparison.Ordinal);
        Assert.Equal((2, "pass"), await ChainAsync(twice));
    }

    [Fact]
    public async Task A_seal_waits_for_its_key_in_the_vault_and_without_it_the_message_is_put_off_and_the_client_stays()
    {
        bool isThere = false;
        await using var vault = new VaultServer(_ => isThere ? VaultServer.Second("relay", DkimKeys.RsaPkcs8) : null);
        await using var dns = new ScriptedDnsServer();
        await using var host = new ScriptedSmtpServer();
        string config = Config(host, "arc-seal relay.example", $$"""
            <vault>
              server-url {{vault.Url}}
              access-token {{VaultServer.Token}}
            </vault>
            domain-key s1, relay.example, {vault}:/secret/data/dkim:relay
            """);
        await using RunningServer server = await RunningServer.StartAsync(config, dns);

        using var client = await ScriptedClient.ConnectAsync(server.EndPoint);
        Assert.Equal(
            "451 4.7.5 message could not be sealed, please try again later",
            await client.SendAsync("bounces@brand.example", "b@there.test", SigningDesk.Letter));
        await server.LogSaysAsync("could not be sealed and was answered with 451: {vault}:/secret/data/dkim:relay: there is no such path");
        isThere = true;
        await server.ReloadAsync(config);
        Assert.StartsWith("250 ", await client.SendAsync("bounces@brand.example", "b@there.test", SigningDesk.Letter), StringComparison.Ordinal);
        string arrived = Encoding.Latin1.GetString((await host.NextMessageAsync()).Content);

        Assert.StartsWith("ARC-Seal: i=1; ", arrived, StringComparison.Ordinal);
        Assert.Equal((1, "pass"), await ChainAsync(arrived));
    }

    [Fact]
    public async Task Mail_goes_out_only_from_addresses_that_its_sender_s_domain_names()
    {
        await using var dns = new ScriptedDnsServer();
        dns.Zone("ours.example").Txt("@", "v=spf1 ip4:127.0.0.1 -all");
        dns.Zone("theirs.example").Txt("@", "v=spf1 ip4:192.0.2.1 -all");
        dns.When("silent.example", DnsType.TXT).ServFail();
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await RunningServer.StartAsync(
            $"""
            smtp-source-host 127.0.0.1 out.ours.example
            <domain *>
              smtp-hosts [127.0.0.1]:{host.Port}
              check-spf-outbound yes
              retry-after 1h
            </domain>
            """,
            dns);

        await server.SendAsync("a@theirs.example", "b@there.test");
        await server.SendAsync("a@silent.example", "c@there.test");
        await server.SendAsync("a@ours.example", "d@there.test");

        // A bounce message has the null sender, for which nobody is asked: it goes out too.
        string[] sent = [(await host.NextMessageAsync()).Recipients.Single(), (await host.NextMessageAsync()).Recipients.Single()];
        Assert.Equal(["a@theirs.example", "d@there.test"], sent.Select(each => each.Split('<', '>')[1]).Order(StringComparer.Ordinal));
        AccountingRow bounced = await server.RecordAsync("b", "b@there.test");
        Assert.Contains("5.7.23 not sent from 127.0.0.1: SPF of the sender is fail: theirs.example: -all", bounced["dsnDiag"], StringComparison.Ordinal);
        AccountingRow waits = await server.RecordAsync("t", "c@there.test");
        Assert.Contains("4.4.3 SPF of the sender cannot be checked for now", waits["dsnDiag"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_stops_waits_for_no_name_server()
    {
        await using var dns = new ScriptedDnsServer();
        var never = new TaskCompletionSource();
        dns.Zone("brand.example").Txt("@", "v=spf1 +all");
        dns.When("brand.example", DnsType.TXT).AnswerAfter(never.Task, DnsScript.Always);
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await StartAsync(dns, host, "check-spf-inbound yes");
        using var client = await ScriptedClient.ConnectAsync(server.EndPoint);
        await client.WriteAsync("MAIL FROM:<a@brand.example>\r\n");
        await dns.ReceivedAsync("brand.example", DnsType.TXT);

        await server.StopAsync();

        Assert.False(server.LogHas("mail from <a@brand.example> refused"));
        await Assert.ThrowsAnyAsync<IOException>(client.ReadAsync);
        never.SetResult();
    }

    [Fact]
    public async Task An_operator_sees_what_spf_says_and_why()
    {
        await using var dns = new ScriptedDnsServer();
        dns.Zone("brand.example").Txt("@", "v=spf1 include:relay.example exp=why.%{d} -all").Txt("why", "ask %{o}");
        dns.Zone("relay.example").Txt("@", "v=spf1 ip4:192.0.2.1 ?all");
        await using var host = new ScriptedSmtpServer();
        await using RunningServer server = await StartAsync(dns, host, "");

        Assert.Equal(
            "brand.example: v=spf1 include:relay.example exp=why.%{d} -all\nrelay.example: v=spf1 ip4:192.0.2.1 ?all\nrelay.example: ip4:192.0.2.1 matches\n"
            + "brand.example: include:relay.example matches\nresult = pass; brand.example: include:relay.example\n",
            await server.RunAsync("check spf 192.0.2.1 mx.brand.example <ann@brand.example>"));
        Assert.EndsWith(
            "result = fail; brand.example: -all\nexplanation = ask brand.example\n",
            await server.RunAsync("check spf 192.0.2.9 brand.example"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_seal_without_a_key_is_no_configuration_to_start_with()
    {
        string file = Path.Combine(_keys, "config");
        File.WriteAllText(file, $"postmaster a@example.com\nspool {_keys}\ndomain-key s1, other.example, {_keys}/rsa.pem\n<source 0/0>\narc-seal relay.example\n</source>\n");

        ConfigLoad load = GodwitServer.LoadConfiguration(file);

        Assert.Null(load.Settings);
        Assert.Contains(load.Problems, p => p.ToString() == $"{file}:5:10: error: arc-seal: there is no domain-key for relay.example at global level; mail would go on without a seal");
    }

    private static async Task<(int Sets, string Result)> ChainAsync(string message)
    {
        var finding = (await ContentDesk.CheckAsync(message, SealingDesk.Record)).Arc;
        return (finding.Instance, finding.Word + finding.Reason);
    }

    /// <summary>A record's text as strings of at most 255 octets.</summary>
    private static string[] Parts(string text) => [.. text.Chunk(250).Select(part => new string(part))];

    private static byte[] WirePtr(string name) => [.. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];

    private static Task<RunningServer> StartAsync(ScriptedDnsServer dns, ScriptedSmtpServer host, string checks, string global = "") =>
        RunningServer.StartAsync(Config(host, checks, global), dns);

    private static string Config(ScriptedSmtpServer host, string checks, string global) =>
        $"""
        {global}
        <source 127.0.0.1>
        {checks}
        </source>
        <domain *>
          smtp-hosts [127.0.0.1]:{host.Port}
        </domain>
        """;
}
