// Which queues are meant: "gmail.com", "gmail.com/vmta1", "*/vmta1", "*.example". A star stands for any run of characters.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Queues;

/// <summary>A queue's name as an operator types it; without a virtual MTA, all of them are meant.</summary>
public sealed class QueuePattern
{
    /// <summary>Every queue.</summary>
    public static readonly QueuePattern All = new("*", "*");

    /// <summary>A domain name has at most 253 octets (RFC 1035 §2.3.4); a virtual MTA's name gets as much again.</summary>
    private const int MaxLength = 512;

    private readonly string _destination;
    private readonly string _virtualMta;

    private QueuePattern(string destination, string virtualMta, bool named = false) =>
        (_destination, _virtualMta, NamesVirtualMta) = (destination, virtualMta, named);

    /// <summary>A virtual MTA was typed, be it a star.</summary>
    public bool NamesVirtualMta { get; }

    /// <summary>The virtual MTA as it was typed.</summary>
    public string VirtualMta => _virtualMta;

    public bool IsAll => _destination == "*" && _virtualMta == "*";

    /// <summary>It means rollups, or what queues of one provider share, by their ending.</summary>
    public bool NamesRollup => _destination.EndsWith(MxRollupRule.Ending, StringComparison.OrdinalIgnoreCase);

    /// <summary>The destination as it was typed.</summary>
    public string Destination => _destination;

    /// <summary>Whether the destination can be a domain's name, each star and question mark taken for a letter.</summary>
    public bool MayBeDomain => DomainName.TryParse(_destination.Replace('*', 'x').Replace('?', 'x'), out _);

    /// <summary>Whether all that the other one may mean is meant by this one too: each star of the other must fall to a star here.</summary>
    public bool Covers(QueuePattern other) => Covers(_destination, other._destination) && Covers(_virtualMta, other._virtualMta);

    /// <summary>Whether some queue may be meant by both; true also where that is not certain. A group's name may mean any destination.</summary>
    public bool MayMeet(QueuePattern other) =>
        (NamesRollup || other.NamesRollup || MayMeet(_destination, other._destination)) && MayMeet(_virtualMta, other._virtualMta);

    private static bool MayMeet(string one, string two) => Covers(one, two) || Covers(two, one) || (IsPattern(one) && IsPattern(two));

    private static bool Covers(string wide, string narrow) =>
        wide.Equals(narrow, StringComparison.OrdinalIgnoreCase)
        || (!wide.Contains('?', StringComparison.Ordinal) && StarPattern.Matches(wide, narrow));

    /// <summary>False when the text cannot name a queue.</summary>
    public static bool TryParse(string text, out QueuePattern pattern)
    {
        pattern = All;
        string[] parts = text.Split('/');
        if (text.Length > MaxLength || parts.Length > 2 || parts.Any(part => part.Length == 0))
        {
            return false;
        }

        pattern = new QueuePattern(parts[0], parts.Length == 2 ? parts[1] : "*", parts.Length == 2);
        return true;
    }

    /// <summary>A pattern about the destination alone.</summary>
    public static QueuePattern OfDomains(string destination, string virtualMta) => new(destination, virtualMta, named: true);

    /// <summary>The one queue that is meant, whether or not it exists; false when a star or the lack of a virtual MTA leaves it open.</summary>
    public bool TryGetKey(out QueueKey key)
    {
        key = default;
        if (!NamesVirtualMta || IsPattern(_destination) || IsPattern(_virtualMta) || !DomainName.TryParse(_destination, out DomainName destination))
        {
            return false;
        }

        key = new QueueKey(destination, _virtualMta);
        return true;
    }

    public bool Matches(QueueKey key) =>
        StarPattern.Matches(_destination, key.Destination.Text)
        && StarPattern.Matches(_virtualMta, key.VirtualMta);

    /// <summary>A star or a question mark stands in it.</summary>
    public static bool IsPattern(string text) => text.AsSpan().ContainsAny('*', '?');

    public override string ToString() => $"{_destination}/{_virtualMta}";
}
