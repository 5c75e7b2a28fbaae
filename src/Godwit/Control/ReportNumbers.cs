// How reports print sizes and times, once for all of them.

using Godwit.Foundation;

namespace Godwit.Control;

internal static class ReportNumbers
{
    /// <summary>Octets as kbytes with one decimal, as every PowerMTA report has them.</summary>
    public static decimal Kbytes(long octets) => OneDecimal(octets / 1024m);

    /// <summary>A number that every format prints with one decimal, also when it is none.</summary>
    public static decimal OneDecimal(decimal number) => decimal.Round(number, 1) + 0.0m;

    public static string KbytesText(long octets) => Kbytes(octets).ToString("0.0");

    /// <summary>UTC without a zone, the form that scripts compare; empty when no time is set.</summary>
    public static string Time(Instant time) => time == Instant.Never ? "" : time.ToUtc().ToString("yyyy-MM-dd HH:mm:ss");
}
