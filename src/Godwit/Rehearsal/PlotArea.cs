// Lines over time as SVG. Time is logarithmic from one second on: the first minute and the last day of a campaign are both worth seeing.

using System.Globalization;
using System.Net;
using System.Text;

namespace Godwit.Rehearsal;

/// <summary>A plot.</summary>
/// <param name="longest">The right end.</param>
/// <param name="highest">The upper end.</param>
internal sealed class PlotArea(TimeSpan longest, double highest)
{
    private const double Left = 60;
    private const double Right = 760;
    private const double Top = 10;
    private const double Bottom = 300;
    private const double LegendHeight = 18;

    private static readonly string[] _colours =
        ["#0b6bcb", "#c2410c", "#15803d", "#7c3aed", "#be123c", "#0e7490", "#a16207", "#4d7c0f", "#be185d", "#475569", "#1e3a8a", "#831843"];

    private static readonly (double Seconds, string Name)[] _marks =
        [(1, "1s"), (10, "10s"), (60, "1m"), (600, "10m"), (3600, "1h"), (36_000, "10h"), (86_400, "1d"), (604_800, "7d"), (2_592_000, "30d")];

    private readonly double _decades = Math.Max(1, Math.Log10(Math.Max(10, longest.TotalSeconds)));
    private readonly double _highest = Math.Max(1, highest);

    /// <summary>Behind the numbers of the upright axis.</summary>
    public string Unit { get; init; } = "";

    public void Append(StringBuilder page, IReadOnlyList<(string Name, IReadOnlyList<(TimeSpan After, double Value)> Points)> lines)
    {
        double height = Bottom + 30 + LegendHeight * ((lines.Count + 3) / 4);
        page.Append(F($"<svg viewBox=\"0 0 780 {height}\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" font-size=\"12\" font-family=\"sans-serif\">\n"));
        AppendAxes(page);
        for (int i = 0; i < lines.Count; i++)
        {
            string colour = _colours[i % _colours.Length];
            page.Append(F($"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\" points=\""));
            foreach ((TimeSpan after, double value) in lines[i].Points)
            {
                page.Append(F($"{X(after):0.#},{Y(value):0.#} "));
            }

            page.Append("\"/>\n");
            double x = Left + i % 4 * 175;
            double y = Bottom + 36 + i / 4 * LegendHeight;
            page.Append(F($"<rect x=\"{x}\" y=\"{y - 9}\" width=\"10\" height=\"10\" fill=\"{colour}\"/>"));
            page.Append(F($"<text x=\"{x + 15}\" y=\"{y}\">{WebUtility.HtmlEncode(lines[i].Name)}</text>\n"));
        }

        page.Append("</svg>\n");
    }

    private void AppendAxes(StringBuilder page)
    {
        for (int i = 0; i <= 4; i++)
        {
            double value = _highest * i / 4;
            page.Append(F($"<line x1=\"{Left}\" x2=\"{Right}\" y1=\"{Y(value):0.#}\" y2=\"{Y(value):0.#}\" stroke=\"#d5dae0\"/>"));
            page.Append(F($"<text x=\"{Left - 6}\" y=\"{Y(value) + 4:0.#}\" text-anchor=\"end\">{value:#,0.#}{Unit}</text>\n"));
        }

        foreach ((double seconds, string name) in _marks)
        {
            if (seconds <= Math.Max(10, longest.TotalSeconds))
            {
                double x = X(TimeSpan.FromSeconds(seconds));
                page.Append(F($"<line x1=\"{x:0.#}\" x2=\"{x:0.#}\" y1=\"{Top}\" y2=\"{Bottom}\" stroke=\"#eef1f4\"/>"));
                page.Append(F($"<text x=\"{x:0.#}\" y=\"{Bottom + 16}\" text-anchor=\"middle\">{name}</text>\n"));
            }
        }
    }

    private double X(TimeSpan after) => Left + (Right - Left) * Math.Log10(Math.Max(1, after.TotalSeconds)) / _decades;

    private double Y(double value) => Bottom - (Bottom - Top) * value / _highest;

    private static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
