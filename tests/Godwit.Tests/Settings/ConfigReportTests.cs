using Godwit.Settings;

namespace Godwit.Tests.Settings;

public sealed class ConfigReportTests
{
    [Fact]
    public void A_problem_is_shown_with_its_line_and_a_caret_below_the_place()
    {
        ConfigLoad load = ConfigFile.LoadText("postmaster a@example.com\nspool /x\nlog-file /y\n<domain *>\n\tmax-smtp-out abc\n</domain>\n");

        Assert.Equal(
            [
                "/etc/godwit/godwit.conf:5:15: error: max-smtp-out: \"abc\" is not a whole number",
                "    \tmax-smtp-out abc",
                "    \t             ^",
                "The configuration cannot be used: 1 error, 0 warnings.",
                "Directives: 3 in effect, 0 accepted without effect, 0 not supported yet, 0 unknown.",
            ],
            ConfigReport.Lines(load));
    }

    [Fact]
    public void Secrets_are_not_shown()
    {
        ConfigLoad load = ConfigFile.LoadText("spool /x\nhttp-api-key hunter2hunter2\nhttp-api-key \"hunter2\nsmtp-passwordd hunter2\n<domain *>\n auth-password hunter2\n</domain>\n");

        string report = string.Join('\n', ConfigReport.Lines(load));

        Assert.DoesNotContain("hunter2", report, StringComparison.Ordinal);
        Assert.Contains("auth-password ******", report, StringComparison.Ordinal);
    }

    [Fact]
    public void A_very_long_line_is_cut_around_the_caret()
    {
        ConfigLoad load = ConfigFile.LoadText($"spool /x\n<domain *>\n  smtp-hosts {string.Join(',', Enumerable.Repeat("mx.example", 500))},!\n</domain>\n");

        Assert.All(ConfigReport.Lines(load), line => Assert.InRange(line.Length, 1, 200));
        Assert.Contains(ConfigReport.Lines(load), line => line.EndsWith("mx.example,!", StringComparison.Ordinal));
    }
}
