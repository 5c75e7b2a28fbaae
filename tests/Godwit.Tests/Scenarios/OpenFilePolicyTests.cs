using System.Globalization;
using Godwit.Foundation;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class OpenFilePolicyTests
{
    /// <summary>Open at the start, and what opens later.</summary>
    private const int Beside = 80 + OpenFilePolicy.OpenedLater;

    [Theory]
    [InlineData(Beside + 1300, 100, 1200, 100, 1200)]
    [InlineData(int.MaxValue, 100_000, 2_000_000_000, 100_000, 2_000_000_000)]
    [InlineData(Beside + 1299, 100, 1200, 100, 1199)]
    [InlineData(Beside + 300, 100, 1200, 100, 200)]
    [InlineData(Beside + 80, 100, 1200, 40, 40)]
    [InlineData(Beside + 80, 10, 1200, 10, 70)]
    [InlineData(Beside + 80, 1000, 10, 70, 10)]
    [InlineData(Beside - 50, 100, 1200, 1, 1)]
    public void Each_direction_has_half_of_the_room_and_what_the_other_does_not_ask_for(int limit, int wantedIn, int wantedOut, int fittingIn, int fittingOut)
    {
        ServerSettings wanted = TestSettings.Server(totalMaxSmtpOut: wantedOut) with { TotalMaxSmtpIn = wantedIn };

        ServerSettings fitting = OpenFilePolicy.Fit(wanted, limit, open: 80, out string problem);

        Assert.Equal((fittingIn, fittingOut), (fitting.TotalMaxSmtpIn, fitting.TotalMaxSmtpOut));
        Assert.Equal(fittingIn == wantedIn && fittingOut == wantedOut, problem.Length == 0);
    }

    [Fact]
    public void What_does_not_fit_is_said_with_numbers_and_what_to_do()
    {
        OpenFilePolicy.Fit(TestSettings.Server(), limit: 1024, open: 90, out string problem);

        Assert.Equal(
            "this process may open 1024 files, and 1490 are needed: 100 for total-max-smtp-in, 1200 for total-max-smtp-out, 190 for spool, accounting "
            + "and itself. Until the limit is raised (LimitNOFILE in the systemd unit, ulimit -Hn) total-max-smtp-in counts as 100 and total-max-smtp-out as 734",
            problem);
    }

    [Fact]
    public void The_limit_and_what_is_open_are_those_of_this_process()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc");
        string line = File.ReadLines("/proc/self/limits").Single(each => each.StartsWith("Max open files", StringComparison.Ordinal));
        string soft = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        Assert.Equal(soft == "unlimited" ? int.MaxValue : int.Parse(soft, CultureInfo.InvariantCulture), OpenFileLimit.Current);

        // Other tests open and close files meanwhile; this many do not come by chance.
        int before = OpenFileLimit.CountOpen();
        FileStream[] held = [.. Enumerable.Range(0, 500).Select(_ => File.OpenRead("/dev/null"))];
        Assert.InRange(OpenFileLimit.CountOpen() - before, 200, 800);
        Array.ForEach(held, each => each.Dispose());
    }
}
