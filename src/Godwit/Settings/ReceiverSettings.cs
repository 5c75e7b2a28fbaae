// How a receiver of mail behaves in a rehearsal, as a model file says it. Immutable.

using System.Globalization;
using Godwit.Foundation;
using Godwit.Mail;

namespace Godwit.Settings;

/// <summary>A domain and its part of the receiver's mail.</summary>
/// <param name="Percent">0 to 100.</param>
public sealed record DomainShare(DomainName Domain, double Percent)
{
    internal static ValueForm<DomainShare> Form { get; } = ValueParsers.Pair(
        "a domain and a share such as 12.5%", ValueParsers.Domain, PercentForm.Share, (d, p) => new DomainShare(d, p), v => (v.Domain, v.Percent));
}

/// <summary>A reply and how often it is given.</summary>
/// <param name="Percent">Of the attempts; 0 to 100.</param>
/// <param name="Reply">The name of a rule in the provider file, whose sample is the reply.</param>
public sealed record AnswerShare(double Percent, string Reply)
{
    internal static ValueForm<AnswerShare> Form { get; } = ValueParsers.Pair(
        "a share such as 0.5% and the name of a reply", PercentForm.Share, ValueParsers.Category, (p, r) => new AnswerShare(p, r), v => (v.Percent, v.Reply));
}

/// <summary>One <c>&lt;receiver&gt;</c> of a model.</summary>
public sealed record ReceiverSettings(string Name)
{
    /// <summary>The receiver of every domain that nobody else has.</summary>
    public const string Rest = "rest";

    public ReceiverSettings()
        : this("")
    {
    }

    /// <summary>The provider in the provider file whose replies it gives and whose limits its domains share; empty when it is none of them.</summary>
    public string Provider { get; init; } = "";

    /// <summary>Of a usual mailing, in percent.</summary>
    public double Share { get; init; }

    public IReadOnlyList<DomainShare> Domains { get; init; } = [];

    /// <summary>Domains that have what its named domains leave, the first most (Zipf's law).</summary>
    public int InventedDomains { get; init; }

    public TimeSpan ConnectTime { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan MessageTime { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Connections that it takes from one source address at once; 0 is any number.</summary>
    public int MaxConnectionsPerSource { get; init; }

    /// <summary>Recipients that it takes from one source address.</summary>
    public Rate MaxRatePerSource { get; init; }

    /// <summary>What it says above the rate; empty is a plain 421.</summary>
    public string WhenTooFast { get; init; } = "";

    /// <summary>What it says to a connection too many; empty is a plain 421.</summary>
    public string WhenTooMany { get; init; } = "";

    /// <summary>Other replies that refuse; together at most 100 percent.</summary>
    public IReadOnlyList<AnswerShare> Answers { get; init; } = [];

    /// <summary>Connections in percent that are not answered at all.</summary>
    public double Unreachable { get; init; }
}

/// <summary>A share of a hundred.</summary>
internal static class PercentForm
{
    public static ValueForm<double> Share { get; } = new(
        "a share such as 12.5%",
        (text, reading, out value) =>
        {
            bool fine = double.TryParse(text.AsSpan().TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value)
                && text.EndsWith('%');
            return (fine && value <= 100) || reading.Fail($"{ValueParsers.Show(text)} is not a share from 0% to 100%, such as 12.5%");
        },
        v => v.ToString("0.######", CultureInfo.InvariantCulture) + "%");
}
