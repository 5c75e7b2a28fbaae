using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Tests.Settings;

/// <summary>A user's own provider file takes the place of the shipped one.</summary>
public sealed class ProviderFileTests
{
    private const string Main = "/etc/godwit/godwit.conf";
    private const string Needed = "postmaster a@b.example\nspool /var/spool/godwit\n";

    private const string Mine = """
        <provider Mine>
          domain mine.example
          mx mx.mine.example
          max-smtp-out 3
          reply slow rate sender /^450 .*slow/ suspend=5m
          sample 2026-03 450 4.7.1 slow down
        </provider>

        """;

    [Fact]
    public void Without_a_file_of_ones_own_the_shipped_table_counts()
    {
        Assert.Same(ProviderTable.Shipped, Load(Needed).Settings!.Providers);
    }

    [Fact]
    public void A_file_of_ones_own_takes_its_place()
    {
        ProviderTable table = Load($"{Needed}provider-file own.conf\n", ("/etc/godwit/own.conf", Mine)).Settings!.Providers;

        ProviderProfile provider = Assert.Single(table.Providers);
        Assert.Equal(("mine", 3, null), (provider.Name, provider.MaxSmtpOut, provider.MaxMsgPerConnection));
        Assert.Same(provider, table.ByMx([DomainName.Parse("a.mx.mine.example.")]));
        Assert.Same(provider, table.ByName("MINE"));
        Assert.Equal("mine/slow", table.Match(provider, "450 4.7.1 You are TOO SLOW")?.Name);
        Assert.Null(table.Match(null, "450 4.7.1 slow down"));
        Assert.Null(table.ByDomain(DomainName.Parse("gmail.com")));
    }

    [Fact]
    public void It_may_include_another_and_add_to_it()
    {
        ConfigLoad load = Load(
            $"{Needed}provider-file own.conf\n", ("/etc/godwit/own.conf", "include shipped.conf\n" + Mine), ("/etc/godwit/shipped.conf", ProviderFile.ShippedText()));

        Assert.Equal(ProviderTable.Shipped.Providers.Count + 1, load.Settings!.Providers.Providers.Count);
        Assert.Equal("google", load.Settings.Providers.ByDomain(DomainName.Parse("gmail.com"))?.Name);
    }

    [Fact]
    public void Its_problems_stand_in_the_report_with_their_line()
    {
        ConfigLoad load = Load($"{Needed}provider-file own.conf\n", ("/etc/godwit/own.conf", Mine.Replace("suspend=5m", "suspend=soon", StringComparison.Ordinal)));

        Assert.Null(load.Settings);
        IReadOnlyList<string> report = ConfigReport.Lines(load);
        int at = report.ToList().FindIndex(line => line.StartsWith("/etc/godwit/own.conf:5:48: error: reply: \"soon\" is not a time", StringComparison.Ordinal));
        Assert.True(at >= 0, string.Join('\n', report));
        Assert.Equal("      reply slow rate sender /^450 .*slow/ suspend=soon", report[at + 1]);
    }

    [Fact]
    public void An_error_elsewhere_is_told_beside_those_of_the_file()
    {
        ConfigLoad load = Load($"{Needed}provider-file own.conf\ntotal-max-smtp-in many\n", ("/etc/godwit/own.conf", Mine + "<provider mine>\n</provider>\n"));

        Assert.Equal(
            ["/etc/godwit/godwit.conf:4:19", "/etc/godwit/own.conf:8:1"],
            load.Problems.Where(p => p.Severity == ConfigSeverity.Error).Select(p => p.Place));
    }

    private static ConfigLoad Load(string text, params (string Path, string Text)[] others) =>
        ConfigFile.Load(Main, ConfigSurroundings.InMemory(others.Append((Main, text)).ToDictionary(f => f.Item1, f => f.Item2)));
}
