using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Godwit.Delivery;
using Godwit.Disposition;
using Godwit.Dns;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Delivery;

/// <summary>What hosts must prove, what we prove to them, and who asks for TLS beside the configuration of the queue.</summary>
public sealed class TlsProofTests : IDisposable
{
    private const string Host = "mx.dest.test";

    /// <summary>The bench's clock stands at a fixed day, so certificates are valid from long ago.</summary>
    private static readonly TestCertificateTerms _longValid = new() { From = DateTimeOffset.UtcNow.AddDays(-399), Until = DateTimeOffset.UtcNow.AddDays(399) };

    private readonly TestAuthority _authority = new();
    private readonly TestAuthority _stranger = new("Stranger");
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-tls-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_host_that_proves_its_name_by_the_CA_file_gets_mail_over_TLS(bool required)
    {
        await using var server = new ScriptedSmtpServer(script => script.UseTls(_authority.Issue(Host, _longValid)));
        await using DeliveryBench bench = StartTlsTests.Named(server, Host, Trusting(required));
        bench.Submit();
        Fate fate = await bench.FateAsync();
        Assert.Equal((VerdictKind.Delivered, "TLSv1.3", "ca"), (fate.Kind, fate.Attempt.TlsProtocol, fate.Attempt.TlsPolicy));
        Assert.Single(server.Sessions);
    }

    [Theory]
    [InlineData("wrong name", "its certificate is for other.test, third.test")]
    [InlineData("expired", "has expired or is not valid yet (valid until ")]
    [InlineData("stranger", "no trusted authority has signed its certificate")]
    public async Task A_host_that_does_not_gets_nothing_where_TLS_is_required(string flaw, string words)
    {
        await using var server = new ScriptedSmtpServer(script => script.UseTls(Flawed(flaw)));
        await using DeliveryBench bench = StartTlsTests.Named(server, Host, Trusting(required: true));
        bench.Submit();
        (SmtpReply reply, _) = await bench.QueueFailureAsync();
        await bench.EventualIdleAsync();

        Assert.StartsWith($"451 4.7.5 EPROTO in connection to {Host} (127.0.0.1): TLS failed: ", reply.ToString(), StringComparison.Ordinal);
        Assert.Contains(words, reply.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("TLS is required: require-starttls is set, and smtp-tls-ca-file wants the host's name proved", reply.ToString(), StringComparison.Ordinal);
        Assert.False(StartTlsTests.SuggestsAnotherTry(bench));
        Assert.DoesNotContain(server.Sessions.SelectMany(session => session.Commands), command => command.StartsWith("MAIL", StringComparison.Ordinal));
        Assert.False(bench.HasFate);
    }

    [Theory]
    [InlineData("wrong name")]
    [InlineData("expired")]
    [InlineData("stranger")]
    public async Task A_host_that_does_not_gets_plain_text_where_TLS_is_not_required(string flaw)
    {
        await using var server = new ScriptedSmtpServer(script => script.UseTls(Flawed(flaw)));
        await using DeliveryBench bench = StartTlsTests.Named(server, Host, Trusting(required: false));
        bench.Submit();
        Fate fate = await bench.FateAsync();
        Assert.Equal((VerdictKind.Delivered, "", "ca"), (fate.Kind, fate.Attempt.TlsProtocol, fate.Attempt.TlsPolicy));
        Assert.Equal(2, server.Sessions.Count);
    }

    [Theory]
    [InlineData("wrong name")]
    [InlineData("expired")]
    [InlineData("stranger")]
    public async Task Without_a_CA_file_any_certificate_will_do(string flaw)
    {
        await using var server = new ScriptedSmtpServer(script => script.UseTls(Flawed(flaw)));
        await using DeliveryBench bench = StartTlsTests.Named(server, Host, new DeliverySettings { RequireStartTls = true });
        bench.Submit();
        Assert.Equal("TLSv1.3", (await bench.FateAsync()).Attempt.TlsProtocol);
    }

    [Fact]
    public async Task A_session_that_was_made_without_proof_is_no_proof_when_it_is_resumed()
    {
        await using var server = new ScriptedSmtpServer(script => script.UseTls(Flawed("stranger")));
        foreach (int round in (int[])[1, 2])
        {
            await using DeliveryBench loose = StartTlsTests.Named(server, Host, new DeliverySettings { ReuseTlsSession = true });
            loose.Submit();
            Assert.Equal(("TLSv1.3", round), ((await loose.FateAsync()).Attempt.TlsProtocol, server.Sessions.Count));
        }

        await using DeliveryBench strict = StartTlsTests.Named(server, Host, Trusting(required: true) with { ReuseTlsSession = true });
        strict.Submit();
        Assert.Contains("no trusted authority has signed its certificate", (await strict.QueueFailureAsync()).Reply.ToString(), StringComparison.Ordinal);
        await strict.EventualIdleAsync();
        Assert.False(strict.HasFate);
    }

    [Fact]
    public async Task A_CA_file_that_is_gone_lets_nothing_out_and_the_reason_says_so()
    {
        await using var server = new ScriptedSmtpServer(script => script.UseTls(_authority.Issue(Host, _longValid)));
        await using DeliveryBench bench = StartTlsTests.Named(server, Host, new DeliverySettings { TlsCaFile = "/nowhere/ca.pem" });
        bench.Submit();
        Assert.Equal("451 4.7.4 /nowhere/ca.pem: no such file", (await bench.QueueFailureAsync()).Reply.ToString());
        Assert.Empty(server.Sessions);
    }

    [Theory]
    [InlineData("")]
    [InlineData("open sesame")]
    public async Task A_host_that_asks_who_we_are_sees_our_certificate(string password)
    {
        X509Certificate2? shown = null;
        await using var server = new ScriptedSmtpServer(script =>
        {
            script.UseTls(_authority.Issue(Host, _longValid));
            script.Tls!.ClientCertificateRequired = true;
#pragma warning disable CA5359 // The test looks at it.
            script.Tls.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                shown = certificate is null ? null : X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
                return true;
            };
#pragma warning restore CA5359
        });
        TestCertificate ours = _authority.Issue("out.sender.test");
        string file = Write("client.pem", password.Length == 0 ? ours.Pem : ours.PemWith(password));
        await using DeliveryBench bench = StartTlsTests.Named(
            server, Host, new DeliverySettings { ClientCertificate = new CertificateFile(file, new SecretValue(password)) });
        bench.Submit();
        Assert.Equal("TLSv1.3", (await bench.FateAsync()).Attempt.TlsProtocol);
        Assert.Equal(ours.Certificate.Thumbprint, shown?.Thumbprint);
    }

    [Fact]
    public async Task A_host_that_insists_on_a_certificate_that_we_do_not_have_gets_plain_text_or_nothing()
    {
        await using var server = new ScriptedSmtpServer(script =>
        {
            script.UseTls(_authority.Issue(Host, _longValid));
            script.Tls!.ClientCertificateRequired = true;
            script.Tls.RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null;
        });
        await using (DeliveryBench bench = StartTlsTests.Named(server, Host, new DeliverySettings()))
        {
            bench.Submit();
            Assert.Equal((VerdictKind.Delivered, ""), ((await bench.FateAsync()) is var fate ? fate.Kind : default, fate.Attempt.TlsProtocol));
        }

        await using DeliveryBench strict = StartTlsTests.Named(server, Host, new DeliverySettings { RequireStartTls = true });
        strict.Submit();
        Assert.StartsWith("451 4.7.5 ", (await strict.QueueFailureAsync()).Reply.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_that_asks_for_TLS_is_heeded_at_once_and_for_a_day()
    {
        Assert.True(ReplyRule.Form.TryRead("/TLS required/ tls", new ValueReading("/"), out object? rule));
        await using var server = new ScriptedSmtpServer(script => script.On("MAIL", "451 4.7.0 TLS required for RCPT domain"));
        await using DeliveryBench bench = DeliveryBench.Start(DeliveryBench.To(server) with
        {
            ReplyRules = [(ReplyRule)rule!], MaxSmtpOut = 1, RetryRecipientsAfter = TimeSpan.FromHours(1),
        });
        bench.Submit(to: ["one@dest.test"]);
        bench.Submit(to: ["two@dest.test"]);
        Fate first = await bench.FateAsync();
        Assert.Equal((VerdictKind.Deferred, "451 4.7.0 TLS required for RCPT domain"), (first.Kind, first.Reply));

        // The second message was due on the same connection. It waits, for the host has no TLS.
        (SmtpReply reply, _) = await bench.QueueFailureAsync();
        Assert.Equal(
            "451 4.7.4 127.0.0.1 (127.0.0.1) offers no STARTTLS; TLS is required: 127.0.0.1 (127.0.0.1) said 451 4.7.0 TLS required for RCPT domain", reply.ToString());
        Assert.Single(server.Sessions.SelectMany(session => session.Commands), command => command.StartsWith("MAIL", StringComparison.Ordinal));

        bench.Time.Advance(TlsDemands.Remembered + TimeSpan.FromSeconds(1));
        Assert.Equal(VerdictKind.Delivered, (await bench.FateAsync()).Kind);
    }

    [Theory]
    [InlineData("", null, true)]
    [InlineData("", false, false)] // The queue's own settings say no.
    [InlineData("no", null, false)] // Those of the provider's main domain do.
    public async Task A_domain_hosted_at_a_provider_that_takes_nothing_else_gets_TLS(string mainDomain, bool? own, bool expected)
    {
        await using var server = new ScriptedSmtpServer();
        var settings = new DeliverySettings
        {
            RequireStartTls = own,
            SmtpHosts = [new HostLevel([new HostTarget(DomainName.Parse("mx1.big.test"), null, server.Port, LookupMx: false)])],
        };
        await using var bench = new DeliveryBench(settings);
        bench.Hosts["mx1.big.test"] = new MxAnswer(MxStatus.Found, [new(DomainName.Parse("mx1.big.test"), 0, [IPAddress.Loopback])], "");
        var provider = new ProviderProfile("big") { Domains = [DomainName.Parse("big.test")], MxSuffixes = [DomainName.Parse("big.test")], RequireStartTls = true };
        ServerSettings known = bench.ServerSettings with
        {
            ResolveProviders = () => new ProviderTable([provider]),
            ResolveDelivery = (_, _) => new DeliverySettings { RequireStartTls = mainDomain != "no" },
        };
        bench.Doors = bench.Doors with { Settings = () => known };
        bench.Start();
        bench.Submit();
        if (expected)
        {
            Assert.StartsWith("451 4.7.4 mx1.big.test (127.0.0.1) offers no STARTTLS", (await bench.QueueFailureAsync()).Reply.ToString(), StringComparison.Ordinal);
            return;
        }

        Assert.Equal(VerdictKind.Delivered, (await bench.FateAsync()).Kind);
    }

    private DeliverySettings Trusting(bool required) => new() { TlsCaFile = Write("ca.pem", _authority.Pem), RequireStartTls = required };

    private TestCertificate Flawed(string flaw) => flaw switch
    {
        "wrong name" => _authority.Issue("other.test", _longValid with { Names = ["third.test"] }),
        "expired" => _authority.Issue(Host, new TestCertificateTerms { From = _longValid.From, Until = _longValid.From.AddDays(10) }),
        _ => _stranger.Issue(Host, _longValid),
    };

    private string Write(string name, string text)
    {
        string file = Path.Combine(_folder, name);
        File.WriteAllText(file, text);
        return file;
    }
}
