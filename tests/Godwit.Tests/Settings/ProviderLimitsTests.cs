using Godwit.Mail;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Settings;

public sealed class ProviderLimitsTests
{
    [Fact]
    public void A_providers_own_domain_begins_with_what_is_known_about_it()
    {
        ServerSettings settings = Load("");

        DeliverySettings gmail = settings.DeliveryFor(DomainName.Parse("gmail.com"), "{default}");

        Assert.Equal(5, gmail.MaxSmtpOut);
        Assert.Equal(50, gmail.MaxMsgPerConnection);
        Assert.Equal(20, settings.DeliveryFor(DomainName.Parse("hosted.test"), "{default}").MaxSmtpOut);
        ExplainedSetting explained = settings.Origins.Queue(DomainName.Parse("gmail.com"), "{default}").Settings.Single(s => s.Name == "max-smtp-out");
        Assert.Equal(("5", "provider google"), (explained.Lines[0].Text, explained.Lines[0].Origin.Block));
    }

    [Theory]
    [InlineData("<domain *>\nmax-smtp-out 30\n</domain>", 30)]
    [InlineData("<domain gmail.com>\nmax-smtp-out 3\n</domain>", 3)]
    [InlineData("<virtual-mta v>\n<domain *>\nmax-smtp-out 7\n</domain>\n</virtual-mta>", 7)]
    [InlineData("<domain gmail.com>\nmax-msg-rate 100/h\n</domain>", 5)]
    [InlineData("<domain gmail.com>\nmx-rollup-providers no\n</domain>", 20)]
    public void A_users_word_takes_its_place_at_whatever_level(string config, int connections) =>
        Assert.Equal(connections, Load(config).DeliveryFor(DomainName.Parse("gmail.com"), "v").MaxSmtpOut);

    [Theory]
    [InlineData("", "max-smtp-out", "required by provider google (etc/providers.conf)")]
    [InlineData("", "backoff-max-smtp-out", "required by provider google (etc/providers.conf)")]
    [InlineData("", "retry-after", null)]
    [InlineData("<domain *>\nmax-smtp-out 5\n</domain>", "max-smtp-out", null)]
    [InlineData("<virtual-mta v>\n<domain gmail.com>\nbackoff-max-smtp-out 5\n</domain>\n</virtual-mta>", "backoff-max-smtp-out", null)]
    [InlineData("<virtual-mta v>\n<domain gmail.com>\nbackoff-max-smtp-out 5\n</domain>\n</virtual-mta>", "max-smtp-out", "required by provider google (etc/providers.conf)")]
    [InlineData("<domain gmail.com>\nmx-rollup-providers no\n</domain>", "max-smtp-out", null)]
    public void A_value_is_its_providers_where_nobody_else_has_said_anything(string config, string directive, string? whose) =>
        Assert.Equal(whose, Load(config).Origins.ProviderOf(DomainName.Parse("gmail.com"), "v", directive)?.Requirement);

    private static ServerSettings Load(string config)
    {
        string folder = Directory.CreateTempSubdirectory("godwit-limits-").FullName;
        try
        {
            string file = Path.Combine(folder, "config");
            File.WriteAllText(file, $"host-name mx.test\nsmtp-listener 127.0.0.1:0\n<spool {folder}>\n</spool>\n{config}\n");
            ConfigLoad load = GodwitServer.LoadConfiguration(file);
            Assert.True(load.Settings is not null, string.Join('\n', load.Problems));
            return load.Settings;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
