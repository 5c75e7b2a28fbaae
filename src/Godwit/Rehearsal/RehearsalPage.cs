// A rehearsal's report as one page: plots as inline SVG and a table. Nothing is loaded from elsewhere and no script runs; it is well-formed XML.

using System.Globalization;
using System.Net;
using System.Text;

namespace Godwit.Rehearsal;

/// <summary>Writes the page.</summary>
internal static class RehearsalPage
{
    private const string Style =
        "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}"
        + "table{border-collapse:collapse;width:100%;font-size:14px}th,td{padding:.3rem .5rem;border-bottom:1px solid #d5dae0;text-align:left}"
        + "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}svg{width:100%;height:auto}h2{margin-top:2rem}";

    public static string Of(RehearsalReport report)
    {
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/><title>Rehearsal</title>");
        page.Append($"<style>{Style}</style></head><body>\n");
        page.Append($"<h1>Rehearsal</h1>\n<p>{E(report.ConfigFile)}: {N(report.Recipients)} recipients at {N(report.Domains)} domains, ");
        page.Append($"through {E(RehearsalText.Through(report))}. {E(RehearsalText.Ending(report))} No mail was sent: receivers are modelled.</p>\n");
        page.Append(report.HasLocalMail ? $"<p>{E(RehearsalText.LocalMail)}</p>\n" : "");
        page.Append("<h2>Mail left</h2>\n<p>Part of each receiver's recipients without a final fate. The axis of time is logarithmic.</p>\n");
        AppendLeft(page, report);
        page.Append("<h2>Connections</h2>\n");
        List<(TimeSpan, double)> open = [.. report.Samples.Select(s => (s.After, (double)s.Connections))];
        new PlotArea(report.Took, report.Samples.Max(s => s.Connections)).Append(page, [("open connections", open)]);
        AppendTable(page, report);
        page.Append("<h2>Source addresses</h2>\n<table><tr><th>address</th><th class=\"n\">peak connections</th></tr>\n");
        foreach (SourceReport source in report.Sources)
        {
            page.Append($"<tr><td>{E(source.Address)}</td><td class=\"n\">{N(source.PeakConnections)}</td></tr>\n");
        }

        page.Append("</table>\n</body></html>\n");
        return page.ToString();
    }

    private static void AppendLeft(StringBuilder page, RehearsalReport report)
    {
        var lines = new List<(string, IReadOnlyList<(TimeSpan, double)>)>();
        foreach (ReceiverReport receiver in report.Receivers)
        {
            int column = report.SampleNames.ToList().IndexOf(receiver.Name);
            lines.Add((receiver.Name, [.. report.Samples.Select(s => (s.After, 100.0 * s.Left[column] / receiver.Recipients))]));
        }

        new PlotArea(report.Took, 100) { Unit = "%" }.Append(page, lines);
    }

    private static void AppendTable(StringBuilder page, RehearsalReport report)
    {
        page.Append("<h2>Receivers</h2>\n<table><tr><th>receiver</th>");
        foreach (string title in (string[])["recipients", "99% after", "all after", "put off", "bounced", "expired", "backoffs"])
        {
            page.Append($"<th class=\"n\">{title}</th>");
        }

        page.Append("<th>what held it up</th></tr>\n");
        foreach (ReceiverReport each in report.Receivers)
        {
            page.Append($"<tr><td>{E(each.Name)}</td>");
            foreach (string cell in (string[])[N(each.Recipients), RehearsalText.Words(each.NinetyNineAfter), RehearsalText.Words(each.DoneAfter),
                N(each.Deferrals), N(each.Bounced), N(each.Expired), N(each.Backoffs)])
            {
                page.Append($"<td class=\"n\">{cell}</td>");
            }

            page.Append($"<td>{E(RehearsalText.Reasons(each))}</td></tr>\n");
        }

        page.Append("</table>\n");
    }

    private static string E(string text) => WebUtility.HtmlEncode(text);

    private static string N(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
