using System.Net;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Settings;

/// <summary>What the configuration makes of the management port.</summary>
public sealed class HttpSettingsTests
{
    private const string Hash = "{pbkdf2}4096$c2FsdHNhbHQ=$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    [Fact]
    public void Rules_keep_their_order_and_old_forms_come_behind_the_narrowest_first()
    {
        ServerSettings settings = Load("""
            http-mgmt-source 10/8
            http-access 192.0.2.0/24 monitor,deny-logs
            no-http-mgmt-source 0/0
            no-http-mgmt-source 10.1/16
            http-access 192.0.2.7 admin
            """);

        Assert.Equal(
            ["192.0.2.0/24 Monitor True", "192.0.2.7/32 Admin False", "10.1.0.0/16 None False", "10.0.0.0/8 Monitor False", "0.0.0.0/0 None False"],
            settings.HttpAccess.Select(rule => $"{rule.Clients} {rule.Level} {rule.DeniesLogs}"));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("http-access 127.0.0.1 admin", false)]
    [InlineData("http-access 127/8 admin\nhttp-access ::1 admin", false)]
    [InlineData("http-access 0/0 none", false)]
    [InlineData("http-access 127/7 monitor", true)]
    [InlineData("http-access 0/0 none\nhttp-access 10/8 monitor", true)]
    [InlineData("http-access ::/0 monitor", true)]
    [InlineData("http-mgmt-source 10/8", true)]
    public void The_port_listens_everywhere_when_another_machine_may_do_something(string config, bool everywhere) =>
        Assert.Equal(everywhere, Load(config).HttpListensEverywhere);

    [Fact]
    public void Users_of_one_name_are_one_user_and_an_unchanged_one_is_equal_after_a_reload()
    {
        string config = $"<http-user Ann>\n  level operator\n</http-user>\n<http-user ann>\n  password {Hash}\n</http-user>\n";
        HttpUserSettings user = Assert.Single(Load(config).HttpUsers).Value;

        Assert.Equal(("ann", AccessLevel.Operator, Hash), (user.Name, user.Level, user.Password.Reveal()));
        Assert.Equal(user, Load(config).HttpUsers["ANN"]);
        Assert.NotEqual(user, Load(config + "<http-user ann>\nlevel admin\n</http-user>\n").HttpUsers["ann"]);
        Assert.DoesNotContain("AAAA", user.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_port_takes_the_certificate_of_mail_when_it_has_none_of_its_own_and_its_own_versions()
    {
        TestCertificate certificate = new TestAuthority().Issue("mx.test");
        var files = new Dictionary<string, string> { ["/mx.pem"] = certificate.Pem, ["/web.pem"] = certificate.Pem };
        const string mail = "smtp-server-tls-certificate /mx.pem\nsmtp-server-tls-allow-tlsv1.3 no\n";

        Assert.Equal(("/mx.pem", TlsVersions.Usual), Tls(mail));
        Assert.Equal(("/web.pem", TlsVersions.Tls13), Tls(mail + "http-tls-certificate /web.pem\nhttp-tls-allow-tlsv1.2 no\n"));
        Assert.Equal(("", TlsVersions.Usual), Tls(""));
        Assert.Equal("/ca.pem", Load(mail + "http-tls-ca-file /ca.pem\n", new(files) { ["/ca.pem"] = certificate.CertificatePem }).HttpTls.CaFile);

        (string, TlsVersions) Tls(string config)
        {
            TlsSettings tls = Load(config, files).HttpTls;
            return (tls.Certificate?.Path ?? "", tls.Versions);
        }
    }

    private static ServerSettings Load(string config, Dictionary<string, string>? files = null)
    {
        const string path = "/etc/godwit/godwit.conf";
        var all = new Dictionary<string, string>(files ?? []) { [path] = $"postmaster a@example.com\nspool /x\nlog-file /y\n{config}\n" };
        ConfigLoad load = ConfigFile.Load(path, ConfigSurroundings.InMemory(all));
        return load.Settings ?? throw new InvalidOperationException(string.Join('\n', load.Problems));
    }
}
