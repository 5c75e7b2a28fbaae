using System.Globalization;

namespace Godwit.Foundation;

/// <summary>Sizes and times in a unit that leaves something of them: never 0 KB, never 0 minutes.</summary>
public static class AmountText
{
    private const long Kilobyte = 1024;

    /// <summary><c>300 octets</c>, <c>17 KB</c>.</summary>
    public static string Of(long octets) => string.Create(
        CultureInfo.InvariantCulture, $"{(octets < Kilobyte ? octets : octets / Kilobyte)} {(octets >= Kilobyte ? "KB" : octets == 1 ? "octet" : "octets")}");

    /// <summary><c>less than a minute</c>, <c>1 minute</c>, <c>90 minutes</c>.</summary>
    public static string Of(TimeSpan time) => (long)time.TotalMinutes switch
    {
        < 1 => "less than a minute",
        1 => "1 minute",
        long minutes => string.Create(CultureInfo.InvariantCulture, $"{minutes} minutes"),
    };
}
