// What "godwit help" says. A verb has its purpose in one sentence and an example that can be typed as it stands.

using System.Text;

namespace Godwit.Cli;

/// <summary>Help about one verb.</summary>
internal sealed record HelpTopic(string Words, string Arguments, string Purpose, string Details, string Example);

internal static class HelpText
{
    public static readonly IReadOnlyList<HelpTopic> Topics =
    [
        new("show status", "", "Traffic, connections, queues and spool at a glance.",
            "With --json the same numbers as a tree for monitoring.", "godwit show status"),
        new("show topqueues", "[DOMAIN[/VMTA]] [--maxitems=N] [--errors]", "The queues with most recipients, and why each waits.",
            "--maxitems=N lists N queues (20 without it). --errors adds what went wrong lately. A star in the name stands for anything: */vmta1.",
            "godwit show topqueues --errors"),
        new("show queues", "[DOMAIN[/VMTA]] [--maxitems=N] [--errors]", "The queues by name.",
            "Options as for show topqueues.", "godwit show queues bigmail.example"),
        new("show version", "", "Which version runs.", "The version of this program itself: godwit --version.", "godwit show version"),
        new("show settings", "DOMAIN[/VMTA] [--origin] [--set]", "Every setting of a queue, and who said so.",
            "--origin adds the file, line and block of each value, and what it beat; --set leaves out what nobody has set. "
                + "--config FILE asks a file;\n    no server has to run.",
            "godwit show settings bigmail.example/vmta-1 --origin"),
        new("show vmta-settings", "VMTA [--origin] [--set]", "Every setting of a virtual MTA or of a pool.",
            "Options as for show settings.", "godwit show vmta-settings vmta-1"),
        new("show source-settings", "IP|NAME [--origin] [--set]", "Every rule for a client's address, or of a named source.",
            "Options as for show settings.", "godwit show source-settings 192.0.2.1 --origin"),
        new("reload", "", "Puts the configuration file in force as it is now.",
            "All of it takes effect or nothing does; what needs a restart is named. Needs permission to read the server's token file.", "godwit reload"),
        new("check config", "FILE", "Judges a configuration file; no server has to run.",
            "Every problem is shown with its line; then what is in effect, accepted without effect, not supported yet, and unknown.\n    "
                + "\"test config\" is the same. Without FILE, /etc/pmta/config is judged.\n    "
                + "Options, also before the words: --strict takes warnings seriously; --file-only leaves out what this machine lacks, for checks\n    "
                + "elsewhere; --all lists every place of a problem; --json is for programs.\n    "
                + "Exit code 0: the file can be used; its warnings say what this machine lacks (directories, addresses).\n    "
                + "1: it has warnings, with --strict. 2: it cannot be used.", "godwit check config examples/quickstart.conf"),
        new("rehearse", "CONFIG --recipients N | --campaign FILE.csv [--model FILE] [--vmta NAME] [--size OCTETS] [--seed N] [--html FILE]",
            "Shows how a campaign would run under a configuration; no server has to run, and no mail is sent.",
            "The server's own queues work in virtual time against modelled providers: when each provider's mail is done, what holds it up, which\n    "
                + "replies come, peak connections for each source address. A campaign has lines of domain,recipients; --recipients takes a usual mix.\n    "
                + "--html writes a page with plots; --json is for programs. The model is out/rehearsal.conf; --model names a changed copy.",
            "godwit rehearse examples/quickstart.conf --recipients 100000 --html rehearsal.html"),
        new("inject", "[--to HOST:PORT] [--count N] [--connections N] [--size OCTETS] [--domains N] [--from ADDRESS] [--wait SECONDS]",
            "Submits sample messages over SMTP, to try a server out.",
            "All recipients are at names of the reserved domain .example. With --wait it follows the server until every message has its fate and sums up.",
            "godwit inject --to 127.0.0.1:2525 --count 1000"),
    ];

    /// <summary>The help about what the words name; the overview for none; null when nothing is meant.</summary>
    public static string? For(IReadOnlyList<string> words)
    {
        if (words.Count == 0)
        {
            return Overview();
        }

        List<HelpTopic> meant = [.. Topics.Where(topic => IsMeant(topic, words))];
        if (meant.Count == 0 && VerbList.FindLater(words) is null or "test config")
        {
            meant = [.. Topics.Where(topic => Mentions(topic.Words, words))];
            meant = meant.Count > 0 ? meant : [.. Topics.Where(topic => Mentions($"{topic.Purpose} {topic.Details}", words))];
        }

        return meant.Count == 0 ? null : string.Join('\n', meant.Select(Describe));
    }

    private static bool IsMeant(HelpTopic topic, IReadOnlyList<string> words)
    {
        string[] parts = topic.Words.Split(' ');
        return words.Count <= parts.Length
            && words.Zip(parts).All(pair => pair.Second.StartsWith(pair.First, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Whether each word begins some word of the text.</summary>
    private static bool Mentions(string text, IReadOnlyList<string> words)
    {
        string[] said = text.Split([' ', '-', '"', ',', ';', '.'], StringSplitOptions.RemoveEmptyEntries);
        return words.All(word => word.Length > 0 && said.Any(one => one.StartsWith(word, StringComparison.OrdinalIgnoreCase)));
    }

    private static string Describe(HelpTopic topic) =>
        $"""
        godwit {$"{topic.Words} {topic.Arguments}".TrimEnd()}
            {topic.Purpose}
            {topic.Details}
            Example: {topic.Example}

        """;

    private static string Overview()
    {
        var text = new StringBuilder();
        text.Append("godwit speaks to a running godwitd.\n\nusage: godwit [options] VERB ...\n\nVerbs (words may be shortened: godwit sh top)\n");
        foreach (HelpTopic topic in Topics)
        {
            text.Append($"  {topic.Words,-21}{topic.Purpose}\n");
        }

        text.Append(
            $"""

            Options
              --server URL    the management port of the server ({GlobalOptions.DefaultServer}; environment: {GlobalOptions.ServerVariable})
              --json          machine format (--xml and --dom are not yet in this version)
              --timeout N     seconds to wait for an answer (30)
              --version       the version of this program

            Exit codes: 0 done, 1 refused, 2 usage or bad configuration, 3 no server answers.
            More about a verb: godwit help VERB

            """);
        return text.ToString();
    }
}
