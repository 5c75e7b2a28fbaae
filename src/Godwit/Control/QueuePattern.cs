// Which queues are meant: "gmail.com", "gmail.com/vmta1", "*/vmta1", "*.example". A star stands for any run of characters.

using System.IO.Enumeration;
using Godwit.Queues;

namespace Godwit.Control;

/// <summary>A queue's name as an operator types it; without a virtual MTA, all of them are meant.</summary>
public sealed class QueuePattern
{
    /// <summary>Every queue.</summary>
    public static readonly QueuePattern All = new("*", "*");

    /// <summary>A domain name has at most 253 octets (RFC 1035 §2.3.4); a virtual MTA's name gets as much again.</summary>
    private const int MaxLength = 512;

    private readonly string _destination;
    private readonly string _virtualMta;

    private QueuePattern(string destination, string virtualMta) => (_destination, _virtualMta) = (destination, virtualMta);

    public bool IsAll => _destination == "*" && _virtualMta == "*";

    /// <summary>False when the text cannot name a queue.</summary>
    public static bool TryParse(string text, out QueuePattern pattern)
    {
        pattern = All;
        string[] parts = text.Split('/');
        if (text.Length > MaxLength || parts.Length > 2 || parts.Any(part => part.Length == 0))
        {
            return false;
        }

        pattern = new QueuePattern(parts[0], parts.Length == 2 ? parts[1] : "*");
        return true;
    }

    public bool Matches(QueueKey key) =>
        FileSystemName.MatchesSimpleExpression(_destination, key.Destination.Text)
        && FileSystemName.MatchesSimpleExpression(_virtualMta, key.VirtualMta);

    public override string ToString() => $"{_destination}/{_virtualMta}";
}
