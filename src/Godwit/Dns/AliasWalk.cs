// From the asked name along CNAME records to the records that were asked for (RFC 1034 section 3.6.2), within one reply and from
// reply to reply. Pure: the resolver owns one for each question and feeds it replies until it says it is done.

using Godwit.Mail;

namespace Godwit.Dns;

internal enum WalkStep : byte
{
    Found,
    NoRecords,
    NoSuchName,

    /// <summary>The reply ended at an alias whose target it does not know: ask for <see cref="AliasWalk.Current"/>.</summary>
    AskOn,

    /// <summary>Too many aliases, or one to something that is no host name.</summary>
    Broken,
}

/// <summary>Follows the aliases of one question.</summary>
internal sealed class AliasWalk(DnsQuestion question)
{
    /// <summary>Aliases followed for one question. Honest chains (delivery networks) have up to five; a loop ends here.</summary>
    public const int MaxAliases = 8;

    private int _aliases;

    /// <summary>The name reached so far.</summary>
    public DomainName Current { get; private set; } = question.Name;

    /// <summary>Seconds: the shortest life of anything that was used.</summary>
    public int Ttl { get; private set; } = int.MaxValue;

    /// <summary>Whether every reply was validated by the server.</summary>
    public bool IsAuthentic { get; private set; } = true;

    /// <summary>Records of the asked type, once found.</summary>
    public IReadOnlyList<DnsRecord> Records { get; private set; } = [];

    /// <summary>Takes a useful reply to (<see cref="Current"/>, asked type).</summary>
    public WalkStep Follow(DnsReply reply)
    {
        IsAuthentic &= reply.IsAuthentic;
        bool moved = false;
        while (true)
        {
            if (TryTake(reply))
            {
                return WalkStep.Found;
            }

            if (FindAlias(reply) is not { } alias)
            {
                break;
            }

            if (alias.Target.IsEmpty || ++_aliases > MaxAliases)
            {
                return WalkStep.Broken;
            }

            Ttl = Math.Min(Ttl, alias.Ttl);
            Current = alias.Target;
            moved = true;
        }

        // The code speaks of the last name of the chain (RFC 2308 section 2.1), and so does the SOA record.
        if (reply.Rcode == DnsRcode.NoSuchName)
        {
            return WalkStep.NoSuchName;
        }

        return moved && reply.NegativeTtl is null ? WalkStep.AskOn : WalkStep.NoRecords;
    }

    private bool TryTake(DnsReply reply)
    {
        List<DnsRecord>? found = null;
        foreach (DnsRecord record in reply.Answers)
        {
            if (record.Type == question.Type && record.Owner == Current && !record.Owner.IsEmpty)
            {
                (found ??= new List<DnsRecord>(reply.Answers.Count)).Add(record);
                Ttl = Math.Min(Ttl, record.Ttl);
            }
        }

        Records = found ?? (IReadOnlyList<DnsRecord>)[];
        return found is not null;
    }

    private NameRecord? FindAlias(DnsReply reply)
    {
        foreach (DnsRecord record in reply.Answers)
        {
            if (record is NameRecord { Type: DnsType.CNAME } alias && alias.Owner == Current)
            {
                return alias;
            }
        }

        return null;
    }
}
