using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Tests.Accounting;
using Godwit.Tests.Support;
using Godwit.Tls;
using Godwit.Trust;

namespace Godwit.Tests.Trust;

/// <summary>MTA-STS from DNS and a web host to the rule for one mail host (RFC 8461).</summary>
public sealed class StsPoliciesTests : IAsyncLifetime
{
    private const int Limit = 60_000;
    private const string Domain = "example.org";

    private TrustLab _lab = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact(Timeout = Limit)]
    public async Task A_domain_without_a_record_is_sent_to_as_ever_and_no_web_host_is_asked()
    {
        DestinationTrust trust = await _lab.AskAsync(Domain);

        Assert.Null(trust.Policy);
        Assert.False(trust.MustDefer);
        Assert.Equal(TlsPolicyKind.NoPolicyFound, trust.Reported.Kind);
        Assert.Equal(HostTrustKind.Opportunistic, (await _lab.AskHostAsync(trust, "mx.example.org")).Kind);
        Assert.Empty(_lab.Web.Requests);
    }

    [Fact(Timeout = Limit)]
    public async Task A_disk_that_is_stuck_holds_up_no_delivery_that_asks_for_a_policy()
    {
        using var disk = new StuckVolume(new MemoryVolume("/state"));
        await using var lab = new TrustLab(disk: disk);
        lab.Publish(Domain, "1", Policy("enforce"));
        Assert.NotNull((await lab.AskAsync(Domain)).Policy);
        while (!disk.Writing.IsCompleted)
        {
            lab.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(disk.Writing, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken));
        }

        // On another thread: one that waits for the lock would take this test with it.
        Task<DestinationTrust> asked = Task.Run(() => lab.AskAsync(Domain), TestContext.Current.CancellationToken);
        bool isAnswered = await Task.WhenAny(asked, Task.Delay(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken)) == asked;
        disk.LetGo();

        Assert.True(isAnswered, "the delivery waits for the disk");
        Assert.NotNull((await asked).Policy);
    }

    [Fact(Timeout = Limit)]
    public async Task An_enforced_policy_wants_a_named_host_with_a_certificate_for_its_name()
    {
        _lab.Publish(Domain, "1", Policy("enforce"));

        DestinationTrust trust = await _lab.AskAsync(Domain);
        HostTrust host = await _lab.AskHostAsync(trust, "mx.example.org");

        Assert.Equal((HostTrustKind.Sts, true, true), (host.Kind, host.RequiresTls, host.IsEnforced));
        Assert.Null(host.Judge(ForgedCertificate.Host(TrustLab.Root, "mx.example.org").Shown()));
        Assert.Equal(TlsResultType.CertificateHostMismatch, host.Judge(ForgedCertificate.Host(TrustLab.Root, "example.org").Shown()));
        Assert.Equal(
            TlsResultType.CertificateHostMismatch, host.Judge(ForgedCertificate.Host(TrustLab.Root, "mx.example.org", []).Shown()));
        Assert.Equal(TlsResultType.CertificateNotTrusted, host.Judge(ForgedCertificate.Host(null, "mx.example.org").Shown()));
        var past = new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(TlsResultType.CertificateExpired, host.Judge(ForgedCertificate.Host(TrustLab.Root, "mx.example.org", past).Shown()));
        Assert.NotNull(host.Judge(null));
        Assert.False(host.Allows(isEncrypted: false, null));
        Assert.Equal(["GET /.well-known/mta-sts.txt HTTP/1.1"], _lab.Web.Requests.Select(request => request.Line));
        Assert.Equal("mta-sts.example.org", _lab.Web.Requests[0].ServerName);
    }

    [Fact(Timeout = Limit)]
    public async Task A_host_that_an_enforced_policy_does_not_name_gets_no_mail()
    {
        _lab.Publish(Domain, "1", Policy("enforce"));

        HostTrust host = await _lab.AskHostAsync(await _lab.AskAsync(Domain), "mx.elsewhere.net");

        Assert.True(host.IsRefused);
        Assert.Equal(TlsResultType.ValidationFailure, host.ProblemType);
        Assert.Equal("the MTA-STS policy of example.org does not name mx.elsewhere.net", host.Problem);
        Assert.False(host.Allows(isEncrypted: true, ForgedCertificate.Host(TrustLab.Root, "mx.elsewhere.net").Shown()));
    }

    [Fact(Timeout = Limit)]
    public async Task In_testing_mode_failures_are_known_and_mail_goes_on()
    {
        _lab.Publish(Domain, "1", Policy("testing"));

        DestinationTrust trust = await _lab.AskAsync(Domain);
        HostTrust named = await _lab.AskHostAsync(trust, "mx.example.org");
        HostTrust other = await _lab.AskHostAsync(trust, "mx.elsewhere.net");

        Assert.Equal((HostTrustKind.StsTesting, false, false), (named.Kind, named.RequiresTls, named.IsEnforced));
        Assert.Null(named.JudgeTrial(ForgedCertificate.Host(TrustLab.Root, "mx.example.org").Shown()));
        Assert.Equal(TlsResultType.CertificateNotTrusted, named.JudgeTrial(ForgedCertificate.Host(null, "mx.example.org").Shown()));
        Assert.Null(named.Judge(ForgedCertificate.Host(null, "mx.example.org").Shown()));
        Assert.Equal(TlsResultType.ValidationFailure, other.JudgeTrial(ForgedCertificate.Host(TrustLab.Root, "mx.elsewhere.net").Shown()));
        Assert.True(named.Allows(isEncrypted: false, null));
        Assert.Equal(TlsPolicyKind.Sts, named.Reported.Kind);
    }

    [Fact(Timeout = Limit)]
    public async Task Mode_none_is_no_policy()
    {
        _lab.Publish(Domain, "1", "version: STSv1\nmode: none\nmax_age: 86400\n");

        DestinationTrust trust = await _lab.AskAsync(Domain);

        Assert.Equal(StsMode.None, trust.Policy?.Mode);
        Assert.Equal(HostTrustKind.Opportunistic, (await _lab.AskHostAsync(trust, "mx.elsewhere.net")).Kind);
        Assert.Equal(TlsPolicyKind.NoPolicyFound, trust.Reported.Kind);
    }

    [Fact(Timeout = Limit)]
    public async Task A_policy_without_a_life_lasts_until_it_may_be_fetched_again()
    {
        _lab.Publish(Domain, "1", Policy("enforce").Replace("604800", "0", StringComparison.Ordinal));

        DestinationTrust[] trusts = [await _lab.AskAsync(Domain), await _lab.AskAsync(Domain)];
        int fetched = _lab.Web.Requests.Count;
        _lab.Time.Advance(StsPolicies.Pause);
        DestinationTrust later = await _lab.AskAsync(Domain);

        Assert.All(trusts.Append(later), trust => Assert.Equal((StsMode.Enforce, false), (trust.Policy?.Mode, trust.MustDefer)));
        Assert.Equal((1, 2), (fetched, _lab.Web.Requests.Count));
    }

    [Fact(Timeout = Limit)]
    public async Task Many_who_ask_at_once_share_one_fetch()
    {
        var gate = new TaskCompletionSource();
        _lab.Web.Gate = gate.Task;
        _lab.Publish(Domain, "1", Policy("enforce"));

        Task<DestinationTrust>[] asked = [.. Enumerable.Range(0, 20).Select(_ => _lab.AskAsync(Domain))];
        await Eventually.TrueAsync(() => _lab.Web.Requests.Count > 0, TimeSpan.FromSeconds(20));
        gate.SetResult();
        DestinationTrust[] trusts = await Task.WhenAll(asked);

        Assert.All(trusts, trust => Assert.Equal(StsMode.Enforce, trust.Policy?.Mode));
        Assert.Single(_lab.Web.Requests);
        await _lab.AskAsync(Domain);
        Assert.Single(_lab.Web.Requests);
    }

    [Fact(Timeout = Limit)]
    public async Task A_changed_policy_counts_as_soon_as_its_record_has_changed()
    {
        _lab.Publish(Domain, "1", Policy("enforce"));
        await _lab.AskAsync(Domain);
        _lab.Time.Advance(StsPolicies.Pause);

        _lab.Publish(Domain, "2", Policy("testing"));

        Assert.Equal(StsMode.Testing, (await _lab.AskAsync(Domain)).Policy?.Mode);
    }

    [Fact(Timeout = Limit)]
    public async Task A_known_policy_holds_while_the_new_one_cannot_be_fetched_or_its_record_is_gone()
    {
        _lab.Publish(Domain, "1", Policy("enforce"));
        await _lab.AskAsync(Domain);
        _lab.Time.Advance(StsPolicies.Pause);
        _lab.Announce(Domain, "2");
        _lab.Web.IsDown = true;

        DestinationTrust unreachable = await _lab.AskAsync(Domain);
        _lab.Dns.Zone(Domain).Clear();
        _lab.Time.Advance(TimeSpan.FromMinutes(10));
        DestinationTrust gone = await _lab.AskAsync(Domain);
        _lab.Dns.When("_mta-sts." + Domain, DnsType.TXT).ServFail();
        _lab.Time.Advance(TimeSpan.FromMinutes(10));
        DestinationTrust silent = await _lab.AskAsync(Domain);

        Assert.All([unreachable, gone, silent], trust => Assert.Equal((StsMode.Enforce, false), (trust.Policy?.Mode, trust.MustDefer)));
        Assert.Equal(TlsResultType.StsPolicyFetchError, unreachable.Fault);
        _lab.Time.Advance(TimeSpan.FromDays(8));
        Assert.Null((await _lab.AskAsync(Domain)).Policy);
    }

    [Fact(Timeout = Limit)]
    public async Task Mail_waits_an_hour_for_an_announced_policy_that_cannot_be_fetched_and_then_goes_without()
    {
        _lab.Publish(Domain, "1", Policy("enforce"));
        _lab.Web.IsDown = true;

        DestinationTrust first = await _lab.AskAsync(Domain);
        _lab.Announce(Domain, "1");
        DestinationTrust soon = await _lab.AskAsync(Domain);
        _lab.Time.Advance(StsPolicies.WaitForPolicy);
        DestinationTrust late = await _lab.AskAsync(Domain);

        Assert.True(first.MustDefer);
        Assert.Contains("mta-sts.example.org: connection refused", first.Problem, StringComparison.Ordinal);
        Assert.True(soon.MustDefer);
        Assert.False(late.MustDefer);
        Assert.Equal((null, TlsResultType.StsPolicyFetchError), (late.Policy, late.Fault));
    }

    [Fact(Timeout = Limit)]
    public async Task The_policy_counts_as_soon_as_its_host_is_back()
    {
        _lab.Publish(Domain, "1", Policy("enforce"));
        _lab.Web.IsDown = true;
        await _lab.AskAsync(Domain);

        _lab.Web.IsDown = false;
        _lab.Time.Advance(StsPolicies.Pause);

        Assert.Equal(StsMode.Enforce, (await _lab.AskAsync(Domain)).Policy?.Mode);
    }

    [Fact(Timeout = Limit)]
    public async Task A_policy_host_without_a_valid_certificate_is_not_believed()
    {
        _lab.Publish(Domain, "1", Policy("none"));
        _lab.Web.Certificate = _ => ForgedCertificate.Host(TrustLab.Root, "example.org");

        DestinationTrust trust = await _lab.AskAsync(Domain);

        Assert.Equal((true, TlsResultType.StsWebPkiInvalid), (trust.MustDefer, trust.Fault));
        Assert.Empty(_lab.Web.Requests);
    }

    [Theory(Timeout = Limit)]
    [InlineData(404, "", "text/plain", TlsResultType.StsPolicyFetchError, false)]
    [InlineData(302, "", "text/plain", TlsResultType.StsPolicyFetchError, false)]
    [InlineData(503, "", "text/plain", TlsResultType.StsPolicyFetchError, true)]
    [InlineData(200, "version: STSv1\nmode: enforce\nmx: *\nmax_age: 1", "text/plain", TlsResultType.StsPolicyInvalid, false)]
    [InlineData(200, "version: STSv1\nmode: enforce\nmx: mx.example.org\nmax_age: 604800", "text/html", TlsResultType.StsPolicyInvalid, false)]
    public async Task What_the_policy_host_says_itself_is_its_word(int status, string body, string type, TlsResultType fault, bool defers)
    {
        _lab.Publish(Domain, "1", "");
        _lab.Web.Answer = _ => HttpsHost.Reply(status, body, type, "Location: https://mta-sts.example.org/other\r\n");

        DestinationTrust trust = await _lab.AskAsync(Domain);

        Assert.Null(trust.Policy);
        Assert.Equal((fault, defers), (trust.Fault, trust.MustDefer));
        Assert.Single(_lab.Web.Requests);
    }

    [Fact(Timeout = Limit)]
    public async Task A_page_without_end_is_not_read_to_its_end()
    {
        _lab.Publish(Domain, "1", Policy("enforce") + new string('#', StsPolicy.MaxOctets));

        DestinationTrust trust = await _lab.AskAsync(Domain);

        Assert.Null(trust.Policy);
        Assert.Contains("longer than 65536 octets", trust.FaultDetail, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task Mail_waits_while_DNS_does_not_say_whether_there_is_a_policy()
    {
        _lab.Dns.When("_mta-sts." + Domain, DnsType.TXT).ServFail();

        DestinationTrust trust = await _lab.AskAsync(Domain);

        Assert.True(trust.MustDefer);
        Assert.Contains("TXT _mta-sts.example.org: SERVFAIL", trust.Problem, StringComparison.Ordinal);
    }

    [Fact(Timeout = Limit)]
    public async Task A_policy_outlives_a_restart_without_its_web_host_and_without_DNS()
    {
        _lab.Publish(Domain, "1", Policy("enforce"));
        await _lab.AskAsync(Domain);

        _lab = await _lab.RestartAsync();
        _lab.Web.IsDown = true;
        _lab.Dns.When("_mta-sts." + Domain, DnsType.TXT).ServFail();
        _lab.Time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(StsMode.Enforce, (await _lab.AskAsync(Domain)).Policy?.Mode);
        Assert.Single(_lab.Web.Requests);
    }

    [Fact(Timeout = Limit)]
    public async Task What_is_broken_on_disk_is_fetched_again()
    {
        _lab.Publish(Domain, "1", Policy("enforce"));
        await _lab.AskAsync(Domain);
        await _lab.Policies.DisposeAsync();
        using (IVolumeFile file = _lab.State.Open("mta-sts-policies", create: false))
        {
            file.Write(5, [new byte[40]]);
        }

        _lab = await _lab.RestartAsync();

        Assert.Equal(StsMode.Enforce, (await _lab.AskAsync(Domain)).Policy?.Mode);
        Assert.Equal(2, _lab.Web.Requests.Count);
    }

    [Fact(Timeout = Limit)]
    public async Task A_policy_is_fetched_anew_once_a_day_and_nobody_waits_for_that()
    {
        _lab.Publish(Domain, "1", Policy("enforce"));
        await _lab.AskAsync(Domain);
        _lab.Web.Gate = new TaskCompletionSource().Task;
        _lab.Time.Advance(StsPolicies.RefreshAge);

        DestinationTrust trust = await _lab.AskAsync(Domain);

        Assert.Equal(StsMode.Enforce, trust.Policy?.Mode);
        await Eventually.TrueAsync(() => _lab.Web.Requests.Count == 2, TimeSpan.FromSeconds(20));
    }

    [Fact(Timeout = Limit)]
    public async Task A_policy_is_its_domains_alone_also_where_another_domain_has_the_same_hosts()
    {
        _lab.Publish(Domain, "1", Policy("enforce"));

        DestinationTrust strict = await _lab.AskAsync(Domain);
        DestinationTrust loose = await _lab.AskAsync("other.example");
        HostTrust ofStrict = await _lab.AskHostAsync(strict, "mx.example.org");
        HostTrust ofLoose = await _lab.AskHostAsync(loose, "mx.example.org");
        PeerCertificates untrusted = ForgedCertificate.Host(null, "mx.example.org").Shown();

        Assert.True(ofLoose.Allows(isEncrypted: true, untrusted));
        Assert.False(ofStrict.Allows(isEncrypted: true, untrusted));
        Assert.True(ofStrict.Allows(isEncrypted: true, ForgedCertificate.Host(TrustLab.Root, "mx.example.org").Shown()));
    }

    [Fact(Timeout = Limit)]
    public async Task Nothing_is_asked_where_the_configuration_does_not_want_it()
    {
        _lab.Publish(Domain, "1", Policy("enforce"));

        DestinationTrust trust = await _lab.Policies.ForDestinationAsync(DomainName.Parse(Domain), TrustLab.Dane, TestContext.Current.CancellationToken);

        Assert.Null(trust.Policy);
        Assert.Equal(0, _lab.Dns.CountOf("_mta-sts." + Domain, DnsType.TXT));
    }

    [Fact]
    public void A_policy_that_was_fetched_by_a_clock_ahead_of_ours_counts_as_fetched_now()
    {
        Instant now = Instant.FromDateTime(new DateTimeOffset(2026, 3, 1, 8, 0, 0, TimeSpan.Zero));
        Assert.True(StsPolicy.TryParse(Policy("enforce"), out StsPolicy policy, out _));

        StsLine ahead = StsLine.Read(new StsLine(DomainName.Parse(Domain), "1", now + TimeSpan.FromDays(400), policy).Write(), now)!;
        StsLine behind = StsLine.Read(new StsLine(DomainName.Parse(Domain), "1", now - TimeSpan.FromDays(4), policy).Write(), now)!;

        Assert.Equal([now, now - TimeSpan.FromDays(4)], [ahead.Fetched, behind.Fetched]);
    }

    private static string Policy(string mode) => $"version: STSv1\nmode: {mode}\nmx: mx.example.org\nmax_age: 604800\n";
}
