using System.Net;
using Godwit.Delivery;
using Godwit.Disposition;
using Godwit.Dns;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Tests.Support;
using Godwit.Tests.Trust;
using Godwit.Trust;

namespace Godwit.Tests.Delivery;

/// <summary>What receiving domains publish about their hosts decides over deliveries: TLSA records (RFC 7672), then MTA-STS policies (RFC 8461).</summary>
public sealed class PublishedPolicyTests : IAsyncDisposable
{
    private const string Host = "mx.dest.test";
    private const string Enforced = "version: STSv1\nmode: enforce\nmx: mx.dest.test\nmax_age: 86400\n";

    private readonly TrustLab _lab = new();
    private readonly ForgedCertificate _own = ForgedCertificate.Host(null, "whatever.invalid");

    public async ValueTask DisposeAsync() => await _lab.DisposeAsync();

    [Fact]
    public async Task A_host_that_matches_its_TLSA_record_gets_its_mail()
    {
        await using ScriptedSmtpServer server = Serving(_own);
        Record(server, _own);
        await using DeliveryBench bench = Bench(server);
        bench.Submit();
        Fate fate = await bench.FateAsync();

        Assert.Equal((VerdictKind.Delivered, "TLSv1.3", "dane"), (fate.Kind, fate.Attempt.TlsProtocol, fate.Attempt.TlsPolicy));
        Assert.Equal(Host, server.Sessions[0].ServerName);
        Assert.Equal((1, 0), await CountedAsync(TlsPolicyKind.Tlsa));
    }

    [Fact]
    public async Task A_host_that_does_not_gets_nothing()
    {
        await using ScriptedSmtpServer server = Serving(_own);
        Record(server, ForgedCertificate.Host(null, Host));
        await using DeliveryBench bench = Bench(server);
        bench.Submit();

        Assert.StartsWith(
            $"451 4.7.5 EPROTO in connection to {Host} (127.0.0.1): TLS failed: its certificate matches none of its TLSA records; must match a TLSA record (3 1 1 ",
            (await bench.QueueFailureAsync()).Reply.ToString(), StringComparison.Ordinal);
        await AssertNothingSentAsync(bench, server);
        Assert.Equal((0, 1), await CountedAsync(TlsPolicyKind.Tlsa));
    }

    [Theory]
    [InlineData(false, "451 4.7.4 mx.dest.test (127.0.0.1) offers no STARTTLS; must match a TLSA record (3 1 1 ")]
    [InlineData(true, "451 4.7.5 EPROTO in connection to mx.dest.test (127.0.0.1): TLS failed: ")]
    public async Task A_host_with_a_TLSA_record_and_no_TLS_gets_nothing_either(bool offers, string expected)
    {
        await using var server = new ScriptedSmtpServer(script =>
        {
            if (offers)
            {
                script.UseTls(_own.Certificate).Always("STARTTLS", PeerAnswer.Farewell("220 go ahead"));
            }
        });
        Record(server, _own);
        await using DeliveryBench bench = Bench(server);
        bench.Submit();
        Assert.StartsWith(expected, (await bench.QueueFailureAsync()).Reply.ToString(), StringComparison.Ordinal);
        await AssertNothingSentAsync(bench, server);
    }

    [Fact]
    public async Task A_lookup_that_fails_keeps_the_mail_and_is_no_licence_for_plain_text()
    {
        await using ScriptedSmtpServer server = Serving(_own);
        Record(server, _own);
        _lab.Dns.When($"_{server.Port}._tcp.{Host}", DnsType.TLSA).ServFail(times: 100);
        await using DeliveryBench bench = Bench(server);
        bench.Submit();

        Assert.StartsWith("451 4.7.5 whether mx.dest.test has TLSA records is not known: ", (await bench.QueueFailureAsync()).Reply.ToString(), StringComparison.Ordinal);
        await bench.EventualIdleAsync();
        Assert.Empty(server.Sessions);
        Assert.False(bench.HasFate);
    }

    [Fact]
    public async Task Without_use_dane_the_record_is_not_asked_for()
    {
        await using ScriptedSmtpServer server = Serving(_own);
        Record(server, ForgedCertificate.Host(null, Host));
        await using DeliveryBench bench = Bench(server, new DeliverySettings { UseDane = false });
        bench.Submit();
        Assert.Equal("opportunistic", (await bench.FateAsync()).Attempt.TlsPolicy);
        Assert.Equal(0, _lab.Dns.CountOf($"_{server.Port}._tcp.{Host}", DnsType.TLSA));
    }

    [Fact]
    public async Task A_host_that_an_enforced_policy_names_and_that_proves_its_name_gets_its_mail()
    {
        await using ScriptedSmtpServer server = Serving(ForgedCertificate.Host(TrustLab.Root, Host));
        Publish(Enforced);
        await using DeliveryBench bench = Bench(server, Sts);
        bench.Submit();
        Fate fate = await bench.FateAsync();

        Assert.Equal((VerdictKind.Delivered, "TLSv1.3", "mta-sts"), (fate.Kind, fate.Attempt.TlsProtocol, fate.Attempt.TlsPolicy));
        Assert.Equal((1, 0), await CountedAsync(TlsPolicyKind.Sts));
    }

    [Fact]
    public async Task A_host_that_an_enforced_policy_does_not_name_is_not_even_connected_to()
    {
        await using ScriptedSmtpServer server = Serving(ForgedCertificate.Host(TrustLab.Root, Host));
        Publish(Enforced.Replace("mx.dest.test", "other.dest.test", StringComparison.Ordinal));
        await using DeliveryBench bench = Bench(server, Sts);
        bench.Submit();

        Assert.Equal("451 4.7.5 the MTA-STS policy of dest.test does not name mx.dest.test", (await bench.QueueFailureAsync()).Reply.ToString());
        await bench.EventualIdleAsync();
        Assert.Empty(server.Sessions);
        Assert.Equal((0, 1), await CountedAsync(TlsPolicyKind.Sts));
    }

    [Theory]
    [InlineData("enforce", "no trusted authority has signed its certificate")]
    [InlineData("testing", "")]
    [InlineData("none", "")]
    public async Task A_host_with_a_certificate_of_its_own_gets_mail_as_the_mode_says(string mode, string problem)
    {
        await using ScriptedSmtpServer server = Serving(_own);
        Publish(Enforced.Replace("enforce", mode, StringComparison.Ordinal));
        await using DeliveryBench bench = Bench(server, Sts);
        bench.Submit();
        if (problem.Length > 0)
        {
            Assert.Contains(problem, (await bench.QueueFailureAsync()).Reply.ToString(), StringComparison.Ordinal);
            await AssertNothingSentAsync(bench, server);
            return;
        }

        Fate fate = await bench.FateAsync();
        Assert.Equal((VerdictKind.Delivered, "TLSv1.3", mode == "testing" ? "mta-sts-testing" : "opportunistic"), (fate.Kind, fate.Attempt.TlsProtocol, fate.Attempt.TlsPolicy));
    }

    [Fact]
    public async Task An_enforced_policy_leaves_no_plain_text_to_a_host_without_TLS()
    {
        await using var server = new ScriptedSmtpServer();
        Publish(Enforced);
        await using DeliveryBench bench = Bench(server, Sts);
        bench.Submit();
        Assert.StartsWith("451 4.7.4 mx.dest.test (127.0.0.1) offers no STARTTLS; must by MTA-STS ", (await bench.QueueFailureAsync()).Reply.ToString(), StringComparison.Ordinal);
        await AssertNothingSentAsync(bench, server);
    }

    [Fact]
    public async Task DANE_comes_before_MTA_STS()
    {
        // The certificate is one that the policy would not accept, and the record does.
        await using ScriptedSmtpServer server = Serving(_own);
        Publish(Enforced);
        Record(server, _own);
        await using DeliveryBench bench = Bench(server, Sts);
        bench.Submit();
        Assert.Equal((VerdictKind.Delivered, "dane"), ((await bench.FateAsync()) is var fate ? fate.Kind : default, fate.Attempt.TlsPolicy));
    }

    [Fact]
    public async Task A_resumed_session_must_match_the_record_too()
    {
        const string Other = "mx.resumed.test";
        await using ScriptedSmtpServer server = Serving(_own);
        var settings = new DeliverySettings { ReuseTlsSession = true, UseDane = false };
        foreach (int round in (int[])[1, 2])
        {
            await using DeliveryBench loose = Bench(server, settings, Other);
            loose.Submit();
            Assert.Equal(("opportunistic", round), ((await loose.FateAsync()).Attempt.TlsPolicy, server.Sessions.Count));
        }

        _lab.Dns.Zone("resumed.test").A("mx", "127.0.0.1").Tlsa($"_{server.Port}._tcp.mx", 3, 1, 1, ForgedCertificate.Host(null, Other).TlsaContent(1, 1));
        await using DeliveryBench strict = Bench(server, settings with { UseDane = true }, Other);
        strict.Submit();
        Assert.Contains("its certificate matches none of its TLSA records", (await strict.QueueFailureAsync()).Reply.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[127.0.0.1]", "127.0.0.1", "127.0.0.1", true)]
    [InlineData("[127.0.0.1]", "127.0.0.1", "dest.test", false)]
    [InlineData("[IPv6:::1]", "::1", "dest.test", false)]
    [InlineData("dest.test", "127.0.0.1", "127.0.0.1", true)]
    [InlineData("dest.test", "::1", "::1", true)]
    [InlineData("dest.test", "::1", "dest.test", false)]
    public async Task A_host_that_is_known_by_its_address_must_prove_that_and_not_the_recipients_domain(
        string destination, string address, string proved, bool expected)
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, TrustLab.Root.Certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        try
        {
            await using var server = new ScriptedSmtpServer(
                script => script.UseTls(ForgedCertificate.OfAddressOrName(TrustLab.Root, proved).Certificate), IPAddress.Parse(address));
            DeliverySettings settings = destination == "dest.test" ? DeliveryBench.To(server) : new DeliverySettings();
            await using DeliveryBench bench = Bench(server, settings with { TlsCaFile = file, RequireStartTls = true });
            bench.Submit(destination: destination);
            if (expected)
            {
                Assert.Equal("ca", (await bench.FateAsync()).Attempt.TlsPolicy);
                return;
            }

            Assert.Contains("its certificate is for dest.test", (await bench.QueueFailureAsync()).Reply.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_report_goes_out_where_TLS_fails_which_it_reports_and_is_in_no_report()
    {
        await using ScriptedSmtpServer server = Serving(_own);
        Publish(Enforced);
        Record(server, ForgedCertificate.Host(null, Host));
        await using DeliveryBench bench = Bench(server, Sts with { RequireStartTls = true });
        bench.Submit(virtualMta: EnvelopeRecipient.ReportVirtualMta);
        Fate fate = await bench.FateAsync();
        Assert.Equal((VerdictKind.Delivered, "TLSv1.3", "opportunistic"), (fate.Kind, fate.Attempt.TlsProtocol, fate.Attempt.TlsPolicy));
        await bench.EventualIdleAsync();
        _lab.Time.Advance(TimeSpan.FromDays(1));
        Assert.Empty(_lab.Policies.Counts.TakeEnded());

        server.Script.Always("STARTTLS", PeerAnswer.Farewell("220 go ahead"));
        bench.Submit(virtualMta: EnvelopeRecipient.ReportVirtualMta);
        Assert.Equal((VerdictKind.Delivered, ""), ((await bench.FateAsync()) is var plain ? plain.Kind : default, plain.Attempt.TlsProtocol));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_session_in_plain_text_is_a_failure_in_the_report_once_and_without_a_word_about_us(bool behindTheHandshake)
    {
        await using ScriptedSmtpServer server = Serving(_own);
        Publish(Enforced.Replace("enforce", "testing", StringComparison.Ordinal));
        _lab.Time.Advance(TimeSpan.FromSeconds(1));
        if (behindTheHandshake)
        {
            server.Script.On("EHLO", "250-peer.test\n250 STARTTLS", PeerAnswer.HangUp);
        }
        else
        {
            server.Script.On("STARTTLS", PeerAnswer.Farewell("220 go ahead"));
        }

        await using DeliveryBench bench = Bench(server, Sts);
        for (int i = 0; i < 3; i++)
        {
            bench.Submit();
            Assert.Equal("", (await bench.FateAsync()).Attempt.TlsProtocol);
            await bench.EventualIdleAsync();
        }

        _lab.Time.Advance(TimeSpan.FromDays(1));
        PolicyTally tally = Assert.Single(Assert.Single(_lab.Policies.Counts.TakeEnded()).Policies);
        Assert.Equal((0, 3), (tally.Successes, tally.Failures));
        Assert.DoesNotContain(tally.Details.Keys, detail => detail.Detail.Length == 0 || detail.Detail.Contains("connection to", StringComparison.Ordinal));
        Assert.Contains(tally.Details.Keys, detail => detail.Detail == "its TLS failed a moment ago");
    }

    [Fact]
    public async Task A_policy_that_cannot_be_had_is_one_failure()
    {
        await using ScriptedSmtpServer server = Serving(_own);
        _lab.Announce("dest.test", "1");
        _lab.Web.Answer = _ => HttpsHost.Reply(503, "");
        await using DeliveryBench bench = Bench(server, Sts);
        bench.Submit();
        await bench.QueueFailureAsync();
        await bench.EventualIdleAsync();

        _lab.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(1, Assert.Single(_lab.Policies.Counts.TakeEnded()).Policies.Sum(policy => policy.Failures));
    }

    [Fact]
    public async Task A_connection_that_stands_is_judged_again_before_long()
    {
        await using ScriptedSmtpServer server = Serving(_own);
        Publish(Enforced.Replace("enforce", "testing", StringComparison.Ordinal));
        await using DeliveryBench bench = Bench(server, Sts with { ConnectionIdleTimeout = TimeSpan.FromHours(1), MaxSmtpOut = 1 });
        bench.Submit();
        Assert.Equal("mta-sts-testing", (await bench.FateAsync()).Attempt.TlsPolicy);

        _lab.Time.Advance(StsPolicies.Pause);
        _lab.Publish("dest.test", "2", Enforced);
        bench.Submit();
        Assert.Equal(VerdictKind.Delivered, (await bench.FateAsync()).Kind);
        Assert.Single(server.Sessions);

        bench.Time.Advance(TimeSpan.FromMinutes(5));
        bench.Submit();
        Assert.Contains("no trusted authority has signed its certificate", (await bench.QueueFailureAsync()).Reply.ToString(), StringComparison.Ordinal);
        Assert.False(bench.HasFate);
        Assert.Equal(2, server.Sessions[0].Commands.Count(command => command.StartsWith("MAIL", StringComparison.Ordinal)));
    }

    private static DeliverySettings Sts => new() { UseMtaSts = true };

    private static ScriptedSmtpServer Serving(ForgedCertificate certificate) => new(script => script.UseTls(certificate.Certificate));

    private void Record(ScriptedSmtpServer server, ForgedCertificate certificate) =>
        _lab.Dns.Zone("dest.test").A("mx", "127.0.0.1").Tlsa($"_{server.Port}._tcp.mx", 3, 1, 1, certificate.TlsaContent(1, 1));

    private void Publish(string policy) => _lab.Publish("dest.test", "1", policy);

    /// <summary>A bench on the lab's clock whose destination has this one host, by an authentic answer.</summary>
    private DeliveryBench Bench(ScriptedSmtpServer server, DeliverySettings? settings = null, string host = Host)
    {
        var bench = new DeliveryBench((settings ?? new DeliverySettings()) with { DefaultSmtpPort = server.Port });
        bench.Mx = new MxAnswer(MxStatus.Found, [new MailHost(DomainName.Parse(host), 10, [IPAddress.Loopback])], "") { IsAuthentic = true };
        bench.Doors = bench.Doors with { Trust = _lab.Policies };
        bench.Start();
        return bench;
    }

    private static async Task AssertNothingSentAsync(DeliveryBench bench, ScriptedSmtpServer server)
    {
        await bench.EventualIdleAsync();
        Assert.NotEmpty(server.Sessions);
        Assert.DoesNotContain(server.Sessions.SelectMany(session => session.Commands), command => command.StartsWith("MAIL", StringComparison.Ordinal));
        Assert.False(bench.HasFate);
    }

    /// <summary>Sessions of the day that the report to the domain will have under this policy.</summary>
    private async Task<(long Successes, long Failures)> CountedAsync(TlsPolicyKind kind)
    {
        await Task.Yield();
        _lab.Time.Advance(TimeSpan.FromDays(1));
        DomainDay day = Assert.Single(_lab.Policies.Counts.TakeEnded());
        PolicyTally tally = Assert.Single(day.Policies, policy => policy.Policy.Kind == kind);
        return (tally.Successes, tally.Failures);
    }
}
