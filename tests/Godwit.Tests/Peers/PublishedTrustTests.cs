// A whole server, zones that Knot signs and unbound validates, policies on a web host: what receiving domains publish decides where their mail goes.

using System.Net;
using System.Security.Cryptography.X509Certificates;
using Godwit.Tests.Support;
using Godwit.Trust;

namespace Godwit.Tests.Peers;

[Trait("Category", "slow")]
public sealed class PublishedTrustTests
{
    private const int Limit = 120_000;

    private readonly ForgedCertificate _own = ForgedCertificate.Host(null, "whatever.invalid");

    [Fact(Timeout = Limit)]
    public async Task Mail_goes_to_the_host_that_its_signed_record_proves_and_waits_for_the_one_that_it_does_not()
    {
        DnssecLab.Need();
        await using var right = new ScriptedSmtpServer(script => script.UseTls(_own.Certificate));
        await using var wrong = new ScriptedSmtpServer(script => script.UseTls(_own.Certificate), IPAddress.Parse("127.0.0.2"), right.Port);
        await using DnssecLab dns = await DnssecLab.StartAsync(new LabZone("secure.example", LabZoneKind.Secure, $"""
            right MX 10 mxright
            mxright A 127.0.0.1
            {Record($"_{right.Port}._tcp.mxright", _own)}
            wrong MX 10 mxwrong
            mxwrong A 127.0.0.2
            {Record($"_{right.Port}._tcp.mxwrong", ForgedCertificate.Host(null, "mxwrong.secure.example"))}
            """));
        await using RunningServer server = await RunningServer.StartAsync(Config(right.Port, ""), dns.EndPoint);
        await server.SendAsync("a@sender.test", "b@right.secure.example");
        await server.SendAsync("a@sender.test", "b@wrong.secure.example");

        Assert.Equal("dane", (await server.RecordAsync("d", "b@right.secure.example"))["dlvTlsPolicy"]);
        AccountingRow failure = await server.RecordAsync("tq");
        Assert.Equal("4.7.5 (cryptographic failure)", failure["dsnStatus"]);
        Assert.Contains("matches none of its TLSA records", failure["dsnDiag"], StringComparison.Ordinal);
        Assert.Contains("matches none of its TLSA records", await server.RunAsync("why b@wrong.secure.example"), StringComparison.Ordinal);
        Assert.Contains("mxwrong.secure.example: must match a TLSA record", await server.RunAsync("resolve wrong.secure.example --use-dane"), StringComparison.Ordinal);
        Assert.DoesNotContain(wrong.Sessions.SelectMany(session => session.Commands), command => command.StartsWith("MAIL", StringComparison.Ordinal));
    }

    [Fact(Timeout = Limit)]
    public async Task A_policy_on_the_web_holds_for_its_domain_and_not_for_another_one_at_the_same_host()
    {
        ForgedCertificate root = ForgedCertificate.Authority("Web Root");
        await using var web = new HttpsHost
        {
            Certificate = name => ForgedCertificate.Host(root, name),
            Answer = _ => HttpsHost.Reply(200, "version: STSv1\r\nmode: enforce\r\nmx: mx.host.test\r\nmax_age: 86400\r\n"),
        };
        await using var dns = new ScriptedDnsServer();
        dns.Zone("strict.test").Mx(10, "mx.host.test").Txt("_mta-sts", "v=STSv1; id=1;");
        dns.Zone("easy.test").Mx(10, "mx.host.test");
        dns.Zone("host.test").A("mx", "127.0.0.1");
        await using var host = new ScriptedSmtpServer(script => script.UseTls(_own.Certificate));
        await using RunningServer server = await RunningServer.StartAsync(
            Config(host.Port, "use-mta-sts yes") + """

                <mx-rollup-list>
                  mx mx.host.test host.rollup
                </mx-rollup-list>
                """,
            dns, https: new HttpsSeams(web.ConnectAsync, new X509Certificate2Collection(root.Certificate)));
        await server.SendAsync("a@sender.test", "b@strict.test");
        AccountingRow failure = await server.RecordAsync("tq");
        await server.SendAsync("a@sender.test", "b@easy.test");

        Assert.Contains("no trusted authority has signed its certificate; must by MTA-STS have a certificate for its name", failure["dsnDiag"], StringComparison.Ordinal);
        Assert.Equal("strict.test/{default}", failure["queue"]);
        AccountingRow delivered = await server.RecordAsync("d", "b@easy.test");
        Assert.Equal(("opportunistic", "host.rollup/{default}"), (delivered["dlvTlsPolicy"], delivered["queue"]));
        Assert.Equal("mta-sts.strict.test", Assert.Single(web.Requests).ServerName);
        Assert.DoesNotContain(host.Sessions.SelectMany(session => session.Commands), command => command.Contains("strict.test", StringComparison.Ordinal));
    }

    private static string Record(string owner, ForgedCertificate certificate) => $"{owner} TLSA 3 1 1 {Convert.ToHexString(certificate.TlsaContent(1, 1))}";

    private static string Config(int port, string settings) => $"""
        <domain *>
          default-smtp-port {port}
          retry-after 1h
          {settings}
        </domain>
        """;
}
