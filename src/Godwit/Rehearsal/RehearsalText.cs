// A rehearsal's report for people at a terminal.

using System.Globalization;
using System.Text;

namespace Godwit.Rehearsal;

/// <summary>Writes a report as text.</summary>
internal static class RehearsalText
{
    /// <summary>A further reason is told when it explains at least this part of the waiting.</summary>
    private const double WorthTelling = 0.1;

    private const int MostReplies = 3;

    /// <summary>What files and programs are in a rehearsal.</summary>
    public const string LocalMail =
        "Mail of type file, pipe or discard meets no provider: only its time is modelled, and it counts as connections, as for max-smtp-out.";

    public static string Of(RehearsalReport report)
    {
        var text = new StringBuilder();
        Line(text, $"Rehearsal of {report.ConfigFile}: {report.Recipients:N0} recipients at {report.Domains:N0} domains, through {Through(report)}.");
        text.Append("All mail is there at the start; times count from then. No mail was sent: receivers are modelled (docs/rehearsal.md).\n\n");
        Line(text, $"{"receiver",-16}{"recipients",12}{"99% after",12}{"all after",12}{"put off",11}{"bounced",10}{"expired",10}{"backoffs",10}");
        foreach (ReceiverReport each in report.Receivers)
        {
            string ends = $"{Words(each.NinetyNineAfter),12}{Words(each.DoneAfter),12}";
            Line(text, $"{Cut(each.Name),-16}{each.Recipients,12:N0}{ends}{each.Deferrals,11:N0}{each.Bounced,10:N0}{each.Expired,10:N0}{each.Backoffs,10:N0}");
        }

        text.Append("\nWhat held mail up, as \"show queues\" says it, with its part of the waiting; and the replies that refused:\n");
        foreach (ReceiverReport each in report.Receivers)
        {
            Line(text, $"  {Cut(each.Name),-16}{Reasons(each)}{Replies(each)}");
        }

        if (report.HasLocalMail)
        {
            text.Append('\n').Append(LocalMail).Append('\n');
        }

        Line(text, $"\nPeak connections: {report.PeakConnections:N0} in all");
        foreach (SourceReport source in report.Sources)
        {
            Line(text, $"  {source.Address,-40}{source.PeakConnections,8:N0}");
        }

        text.Append('\n').Append(Ending(report)).Append('\n');
        return text.ToString();
    }

    /// <summary>Two units of a time: <c>3h 20m</c>; a dash for none.</summary>
    public static string Words(TimeSpan? time) => time switch
    {
        null => "-",
        { TotalSeconds: < 60 } t => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(t.TotalSeconds):0}s"),
        { TotalHours: < 1 } t => string.Create(CultureInfo.InvariantCulture, $"{t.Minutes}m {t.Seconds}s"),
        { TotalDays: < 1 } t => string.Create(CultureInfo.InvariantCulture, $"{t.Hours}h {t.Minutes}m"),
        { } t => string.Create(CultureInfo.InvariantCulture, $"{t.Days}d {t.Hours}h"),
    };

    /// <summary>How it ended, in a sentence.</summary>
    public static string Ending(RehearsalReport report) => report.DoneAfter is { } done
        ? $"All mail has left or bounced after {Words(done)}."
        : string.Create(CultureInfo.InvariantCulture, $"{report.Left:N0} recipients are still waiting after {Words(report.Took)}; what held mail up says why.");

    /// <summary>The virtual MTAs, in words.</summary>
    public static string Through(RehearsalReport report) =>
        report.VirtualMtas is [var only] ? $"virtual MTA {only}" : $"virtual MTAs {string.Join(", ", report.VirtualMtas)}";

    /// <summary>The reasons that are worth telling.</summary>
    public static string Reasons(ReceiverReport receiver) => receiver.Waits.Count == 0 ? "nothing" : string.Join("; ", receiver.Waits
        .Where((wait, place) => place == 0 || wait.Part >= WorthTelling)
        .Select(wait => string.Create(CultureInfo.InvariantCulture, $"{wait.Reason} ({wait.Part * 100:0}%)")));

    private static string Replies(ReceiverReport receiver) => receiver.Replies.Count == 0 ? "" : " | " + string.Join(", ", receiver.Replies
        .Take(MostReplies).Select(reply => string.Create(CultureInfo.InvariantCulture, $"{reply.Reply} {reply.Count:N0}")));

    private static string Cut(string name) => name.Length > 15 ? name[..14] + "~" : name;

    private static void Line(StringBuilder text, FormattableString line) => text.Append(FormattableString.Invariant(line)).Append('\n');
}
