using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using Godwit.Delivery;
using Godwit.Disposition;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Delivery;

/// <summary>TLS with one host: when it is used, what happens when it does not work, and what never happens.</summary>
public sealed class StartTlsTests
{
    private readonly TestAuthority _authority = new();

    [Fact]
    public async Task Mail_goes_over_TLS_where_the_host_offers_it()
    {
        await using var server = new ScriptedSmtpServer(script => script.UseTls(_authority.Issue("mx.test")));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit();
        Fate fate = await bench.FateAsync();

        Assert.Equal((VerdictKind.Delivered, "TLSv1.3", "opportunistic"), (fate.Kind, fate.Attempt.TlsProtocol, fate.Attempt.TlsPolicy));
        Assert.StartsWith("TLS_AES_", fate.Attempt.TlsCipher, StringComparison.Ordinal);
        ScriptedSession session = Assert.Single(server.Sessions);
        Assert.Equal(["EHLO out.sender.test", "STARTTLS", "EHLO out.sender.test", "MAIL FROM:<a@sender.test>"], session.Commands.Take(4).Select(Bare));
        Assert.Equal(2, session.PlainCommands);
    }

    [Fact]
    public async Task Only_what_is_offered_behind_the_handshake_counts()
    {
        await using var server = new ScriptedSmtpServer(script =>
        {
            script.UseTls(_authority.Issue("mx.test"));
            script.Extensions.Add("CHUNKING");
            script.ExtensionsUnderTls = ["SIZE 1000000", "DSN"];
        });
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit();
        Fate fate = await bench.FateAsync();

        Assert.Equal((VerdictKind.Delivered, "SIZE,DSN"), (fate.Kind, fate.Attempt.EsmtpAvailable));
        Assert.DoesNotContain(server.Sessions[0].Commands, command => command.StartsWith("BDAT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_somebody_says_in_plain_text_behind_the_reply_to_STARTTLS_is_forgotten()
    {
        await using var server = new ScriptedSmtpServer(script =>
        {
            script.UseTls(_authority.Issue("mx.test"));
            script.ExtensionsUnderTls = ["SIZE 1000000"];
            script.On("STARTTLS", PeerAnswer.Handshake(script.Tls!, "220 go ahead\r\n250-evil.test\r\n250-CHUNKING\r\n250 SIZE 1\r\n550 5.1.1 nobody of that name\r\n"));
        });
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit();
        Fate fate = await bench.FateAsync();

        Assert.Equal((VerdictKind.Delivered, "SIZE", "250 2.0.0 taken"), (fate.Kind, fate.Attempt.EsmtpAvailable, fate.Reply));
        Assert.Equal("TLSv1.3", fate.Attempt.TlsProtocol);
    }

    [Fact]
    public async Task A_reply_to_STARTTLS_that_somebody_says_in_advance_gets_him_no_mail()
    {
        await using var server = new ScriptedSmtpServer(script =>
        {
            script.UseTls(_authority.Issue("mx.test"));
            script.Always("EHLO", PeerAnswer.Raw("250-peer.test\r\n250 STARTTLS\r\n220 go ahead\r\n250-evil.test\r\n250 CHUNKING\r\n"));
        });
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { RequireStartTls = true });
        bench.Submit();
        (SmtpReply reply, _) = await bench.QueueFailureAsync();

        Assert.StartsWith("451 4.7.5 EPROTO in connection to 127.0.0.1 (127.0.0.1): TLS failed: ", reply.ToString(), StringComparison.Ordinal);
        Assert.All(server.Sessions, session => Assert.Equal(["EHLO", "STARTTLS"], session.Commands.Select(command => command.Split(' ')[0])));
        Assert.False(bench.HasFate);
    }

    [Theory]
    [InlineData("")] // Not offered: a host without TLS, or somebody who has taken the word away.
    [InlineData("454 4.7.0 TLS is not available now")]
    [InlineData("502 5.5.1 no such command")]
    public async Task A_host_without_TLS_gets_plain_text_unless_TLS_is_required(string refusal)
    {
        await using var server = new ScriptedSmtpServer(script => Refuse(script, refusal));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit();
        Fate fate = await bench.FateAsync();

        Assert.Equal((VerdictKind.Delivered, "", "opportunistic"), (fate.Kind, fate.Attempt.TlsProtocol, fate.Attempt.TlsPolicy));
        Assert.Single(server.Sessions);
    }

    [Theory]
    [InlineData("", "451 4.7.4 127.0.0.1 (127.0.0.1) offers no STARTTLS; TLS is required: require-starttls is set")]
    [InlineData("454 4.7.0 not now", "451 4.7.4 127.0.0.1 (127.0.0.1) refused STARTTLS: 454 4.7.0 not now; TLS is required: require-starttls is set")]
    public async Task A_host_without_TLS_gets_nothing_where_TLS_is_required(string refusal, string expected)
    {
        await using var server = new ScriptedSmtpServer(script => Refuse(script, refusal));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { RequireStartTls = true });
        bench.Submit();
        (SmtpReply reply, _) = await bench.QueueFailureAsync();
        await bench.EventualIdleAsync();

        Assert.Equal(expected, reply.ToString());
        ScriptedSession session = Assert.Single(server.Sessions);
        Assert.DoesNotContain(session.Commands, command => command.StartsWith("MAIL", StringComparison.Ordinal));
        Assert.Equal("QUIT", session.Commands[^1]);
        Assert.Equal(1, bench.Queue()!.Recipients);
        Assert.False(bench.HasFate);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("502 5.5.1 no such command", false)]
    [InlineData("454 4.7.0 not now", true)]
    [InlineData("hang up", true)]
    [InlineData("hang up behind the handshake", true)]
    public async Task Where_TLS_is_required_another_try_is_suggested_after_what_may_pass(string how, bool isSuggested)
    {
        await using var server = new ScriptedSmtpServer(script => Fail(script, how));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { RequireStartTls = true });
        bench.Submit();
        await bench.QueueFailureAsync();

        Assert.Equal(isSuggested, SuggestsAnotherTry(bench));
    }

    [Fact]
    public async Task After_a_handshake_that_hangs_another_try_is_suggested()
    {
        await using var server = new ScriptedSmtpServer(script => script.UseTls(_authority.Issue("mx.test")).On("STARTTLS", PeerAnswer.Deaf("220 go ahead")));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { RequireStartTls = true });
        bench.Submit();
        await bench.PassTimeUntilAsync(TimeSpan.FromSeconds(5), () => bench.HasQueueFailure);

        Assert.True(SuggestsAnotherTry(bench));
    }

    [Theory]
    [InlineData("", "454 4.7.0 not now", true)]
    [InlineData("454 4.7.0 not now", "", true)]
    [InlineData("", "502 5.5.1 no such command", false)]
    public async Task Another_try_is_suggested_unless_it_would_help_with_none_of_the_hosts(string first, string second, bool isSuggested)
    {
        await using var one = new ScriptedSmtpServer(script => Fail(script, first));
        await using var other = new ScriptedSmtpServer(script => Fail(script, second));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(one, other) with { RequireStartTls = true });
        bench.Submit();
        await bench.QueueFailureAsync();

        Assert.Equal((1, 1), (one.Sessions.Count, other.Sessions.Count));
        Assert.Equal(isSuggested, SuggestsAnotherTry(bench));
    }

    [Fact]
    public async Task A_host_that_DNS_did_not_tell_of_may_be_worth_another_try()
    {
        await using var server = new ScriptedSmtpServer();
        await using var bench = new DeliveryBench(new DeliverySettings
        {
            RequireStartTls = true,
            SmtpHosts =
            [
                .. DeliveryBench.To(server).SmtpHosts,
                new HostLevel([new HostTarget(DomainName.Parse("mx.dest.test"), null, server.Port, LookupMx: false)]),
            ],
        });
        bench.Hosts["mx.dest.test"] = new Godwit.Dns.MxAnswer(Godwit.Dns.MxStatus.TemporaryFailure, [], "nobody answers");
        bench.Start();
        bench.Submit();
        await bench.QueueFailureAsync();

        Assert.True(SuggestsAnotherTry(bench));
    }

    [Fact]
    public async Task Mail_that_waits_for_TLS_bounces_when_its_time_is_over_and_not_before()
    {
        await using var server = new ScriptedSmtpServer();
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { RequireStartTls = true, BounceAfter = TimeSpan.FromHours(5) });
        Godwit.Foundation.Instant start = bench.Clock.Now;
        bench.Submit();
        await bench.PassTimeUntilAsync(TimeSpan.FromMinutes(10), () => bench.HasFate);

        Assert.Equal(VerdictKind.Bounced, (await bench.FateAsync()).Kind);
        Assert.True(bench.Clock.Now - start >= TimeSpan.FromHours(5));
        Assert.True(server.Sessions.Count > 5);
        Assert.All(server.Sessions, session => Assert.DoesNotContain(session.Commands, command => command.StartsWith("MAIL", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("hang up")]
    [InlineData("garbage")]
    [InlineData("no common version")]
    [InlineData("hang up behind the handshake")]
    public async Task A_host_whose_TLS_breaks_gets_plain_text_over_a_new_connection(string how)
    {
        await using var server = new ScriptedSmtpServer(script => Break(script, how));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { TlsAllowV12 = how != "no common version" });
        bench.Submit();
        Fate fate = await bench.FateAsync();

        Assert.Equal((VerdictKind.Delivered, "", "opportunistic"), (fate.Kind, fate.Attempt.TlsProtocol, fate.Attempt.TlsPolicy));
        Assert.Equal(2, server.Sessions.Count);
        Assert.DoesNotContain("STARTTLS", server.Sessions[1].Commands);
    }

    [Theory]
    [InlineData("hang up")]
    [InlineData("garbage")]
    [InlineData("no common version")]
    [InlineData("hang up behind the handshake")]
    public async Task A_host_whose_TLS_breaks_is_left_for_the_next_where_TLS_is_required(string how)
    {
        await using var broken = new ScriptedSmtpServer(script => Break(script, how));
        await using var good = new ScriptedSmtpServer(script => script.UseTls(_authority.Issue("mx.test")));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(broken, good) with
        {
            RequireStartTls = true,
            TlsAllowV12 = how != "no common version",
        });
        bench.Submit();
        Fate fate = await bench.FateAsync();

        Assert.Equal((VerdictKind.Delivered, "TLSv1.3", "required"), (fate.Kind, fate.Attempt.TlsProtocol, fate.Attempt.TlsPolicy));
        Assert.NotNull(Assert.Single(good.Sessions).Tls);
        Assert.DoesNotContain(Assert.Single(broken.Sessions).Commands, command => command.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_host_that_lets_the_handshake_hang_is_given_up_in_time()
    {
        await using var server = new ScriptedSmtpServer(script => script.UseTls(_authority.Issue("mx.test")).On("STARTTLS", PeerAnswer.Deaf("220 go ahead")));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit();
        await bench.PassTimeUntilAsync(TimeSpan.FromSeconds(5), () => bench.HasFate);

        Assert.Equal((VerdictKind.Delivered, ""), ((await bench.FateAsync()) is var fate ? fate.Kind : default, fate.Attempt.TlsProtocol));
        Assert.DoesNotContain("STARTTLS", server.Sessions[1].Commands);
    }

    [Fact]
    public async Task That_a_hosts_TLS_is_broken_is_remembered_for_ten_minutes()
    {
        await using var server = new ScriptedSmtpServer(script => script.UseTls(_authority.Issue("mx.test")).On("STARTTLS", PeerAnswer.Farewell("220 go ahead")));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit();
        await bench.FateAsync();
        await bench.EventualIdleAsync();
        bench.Submit();
        Assert.Equal("", (await bench.FateAsync()).Attempt.TlsProtocol);
        await bench.EventualIdleAsync();
        Assert.Equal(["STARTTLS", "MAIL", "MAIL"], server.Sessions.Select(session => session.Commands[1].Split(' ')[0]));

        bench.Time.Advance(OutgoingTls.BrokenFor + TimeSpan.FromSeconds(1));
        bench.Submit();
        Assert.Equal("TLSv1.3", (await bench.FateAsync()).Attempt.TlsProtocol);
    }

    [Fact]
    public async Task A_host_whose_TLS_was_broken_still_gets_nothing_in_plain_text_where_TLS_is_required()
    {
        await using var server = new ScriptedSmtpServer(script => script.UseTls(_authority.Issue("mx.test")).Always("STARTTLS", PeerAnswer.Farewell("220 go ahead")));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { RequireStartTls = true });
        bench.Submit();
        await bench.QueueFailureAsync();
        await bench.PassTimeUntilAsync(TimeSpan.FromMinutes(1), () => server.Sessions.Count > 1);
        await bench.EventualIdleAsync();

        Assert.All(server.Sessions, session => Assert.Equal("STARTTLS", session.Commands[1]));
        Assert.False(bench.HasFate);
    }

    [Fact]
    public async Task Without_use_starttls_the_offer_is_passed_over()
    {
        await using var server = new ScriptedSmtpServer(script => script.UseTls(_authority.Issue("mx.test")));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { UseStartTls = false });
        bench.Submit();
        Fate fate = await bench.FateAsync();

        Assert.Equal((VerdictKind.Delivered, "", "none"), (fate.Kind, fate.Attempt.TlsProtocol, fate.Attempt.TlsPolicy));
        Assert.DoesNotContain("STARTTLS", server.Sessions[0].Commands);
    }

    [Fact]
    public async Task Required_TLS_is_used_also_where_it_may_not_be_tried()
    {
        await using var server = new ScriptedSmtpServer(script => script.UseTls(_authority.Issue("mx.test")));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { UseStartTls = false, RequireStartTls = true });
        bench.Submit();
        Assert.Equal("TLSv1.3", (await bench.FateAsync()).Attempt.TlsProtocol);
    }

    [Fact]
    public async Task The_host_is_asked_for_by_its_name()
    {
        await using var server = new ScriptedSmtpServer(script => script.UseTls(_authority.Issue("mx.test")));
        await using var bench = Named(server, "mx.dest.test", new DeliverySettings());
        bench.Submit();
        await bench.FateAsync();
        Assert.Equal("mx.dest.test", server.Sessions[0].ServerName);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, "TLSv1.2")]
    [InlineData(SslProtocols.Tls13, "TLSv1.3")]
    public async Task The_record_says_which_version_was_spoken(SslProtocols version, string expected)
    {
        await using var server = new ScriptedSmtpServer(script =>
        {
            script.UseTls(_authority.Issue("mx.test"));
            script.Tls!.EnabledSslProtocols = version;
        });
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server));
        bench.Submit();
        Assert.Equal(expected, (await bench.FateAsync()).Attempt.TlsProtocol);
    }

    [Fact]
    public async Task A_version_that_is_not_allowed_is_not_spoken()
    {
        await using var server = new ScriptedSmtpServer(script => script.UseTls(_authority.Issue("mx.test")));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with { TlsAllowV13 = false });
        bench.Submit();
        Assert.Equal("TLSv1.2", (await bench.FateAsync()).Attempt.TlsProtocol);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_no_version_is_allowed_there_is_no_TLS_and_required_TLS_keeps_the_mail(bool required)
    {
        await using var server = new ScriptedSmtpServer(script => script.UseTls(_authority.Issue("mx.test")));
        await using DeliveryBench bench = DeliveryBench.Start(
            DeliveryBench.To(server) with { TlsAllowV12 = false, TlsAllowV13 = false, RequireStartTls = required });
        bench.Submit();
        if (required)
        {
            Assert.StartsWith("451 4.7.4 TLS is required, and no version of it is allowed", (await bench.QueueFailureAsync()).Reply.ToString(), StringComparison.Ordinal);
            Assert.Empty(server.Sessions);
            return;
        }

        Assert.Equal("", (await bench.FateAsync()).Attempt.TlsProtocol);
    }

    [Fact]
    public async Task Ciphers_are_those_of_the_configuration()
    {
        await using var server = new ScriptedSmtpServer(script => script.UseTls(_authority.Issue("mx.test")));
        await using DeliveryBench bench = DeliveryBench.Start(
            DeliveryBench.To(server) with { TlsAllowV13 = false, TlsCiphers = "ECDHE-ECDSA-AES128-GCM-SHA256" });
        bench.Submit();
        Assert.Equal("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", (await bench.FateAsync()).Attempt.TlsCipher);
    }

    /// <summary>A bench whose mail goes to a host of that name.</summary>
    internal static DeliveryBench Named(ScriptedSmtpServer server, string name, DeliverySettings settings)
    {
        var bench = new DeliveryBench(settings with
        {
            SmtpHosts = [new HostLevel([new HostTarget(DomainName.Parse(name), null, server.Port, LookupMx: false)])],
        });
        bench.Hosts[name] = new Godwit.Dns.MxAnswer(Godwit.Dns.MxStatus.Found, [new(DomainName.Parse(name), 0, [server.EndPoint.Address])], "") { IsAuthentic = true };
        bench.Start();
        return bench;
    }

    /// <summary>What an operator is told who asks why the mail waits.</summary>
    internal static bool SuggestsAnotherTry(DeliveryBench bench)
    {
        Godwit.Queues.WaitReason reason = bench.Scheduler.Why(bench.Queue()!.Key, bench.Clock.Now)!.Reasons[0];
        Assert.Equal(reason.Fix.Length == 0, reason.Text.EndsWith("trying again will not help until that is mended", StringComparison.Ordinal));
        return reason.Fix.Length > 0;
    }

    private void Fail(PeerScript script, string how)
    {
        if (how.StartsWith("hang up", StringComparison.Ordinal))
        {
            Break(script, how);
        }
        else
        {
            Refuse(script, how);
        }
    }

    private void Refuse(PeerScript script, string refusal)
    {
        if (refusal.Length > 0)
        {
            script.UseTls(_authority.Issue("mx.test")).Always("STARTTLS", refusal);
        }
    }

    private void Break(PeerScript script, string how)
    {
        script.UseTls(_authority.Issue("mx.test"));
        switch (how)
        {
            case "hang up":
                script.Always("STARTTLS", PeerAnswer.Farewell("220 go ahead"));
                break;
            case "garbage":
                script.Always("STARTTLS", PeerAnswer.Farewell("220 go ahead\nI have never heard of TLS and say so in many words"));
                break;
            case "no common version":
                script.Tls!.EnabledSslProtocols = SslProtocols.Tls12;
                break;
            default:
                // The second EHLO, under TLS.
                script.On("EHLO", "250-peer.test\n250 STARTTLS", PeerAnswer.HangUp);
                break;
        }
    }

    private static string Bare(string command) => command.Split(" SIZE=")[0];
}
