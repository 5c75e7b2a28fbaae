// Counts what each source address, sender's domain and mailbox did, and says what a host's personality makes of it. Owned by a MailboxHost, used by its
// sessions. Thread safe: one lock.

using System.Net;

namespace Godwit.Tests.Support;

/// <summary>Keeps one provider's limits. Each question counts; null is a yes, anything else the refusal.</summary>
internal sealed class HostJudge(HostPersonality personality, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly long _origin = time.GetTimestamp();
    private readonly Dictionary<IPAddress, int> _open = [];
    private readonly Dictionary<string, Queue<TimeSpan>> _windows = [];
    private readonly Dictionary<string, (TimeSpan Until, int Attempts)> _blocks = [];
    private readonly Dictionary<string, TimeSpan> _seen = [];
    private readonly HashSet<IPAddress> _introduced = [];

    public TimeSpan Now => time.GetElapsedTime(_origin);

    /// <summary>Connections that are open.</summary>
    public int Open
    {
        get
        {
            lock (_gate)
            {
                return _open.Values.Sum();
            }
        }
    }

    /// <summary>The postmaster has heard of the address: it is no stranger any more.</summary>
    public void Introduce(IPAddress source)
    {
        lock (_gate)
        {
            _introduced.Add(source);
        }
    }

    /// <summary>Refuses an address for a while, as after a violation.</summary>
    public void Block(IPAddress source, TimeSpan period)
    {
        lock (_gate)
        {
            _blocks[source.ToString()] = (Now + period, 0);
        }
    }

    /// <summary>The end of an address's block; zero when there was none.</summary>
    public TimeSpan BlockedUntil(IPAddress source)
    {
        lock (_gate)
        {
            return _blocks.GetValueOrDefault(source.ToString()).Until;
        }
    }

    public string? Connected(IPAddress source)
    {
        lock (_gate)
        {
            int open = _open[source] = _open.GetValueOrDefault(source) + 1;
            return personality.StrangerReply.Length > 0 && !_introduced.Contains(source) ? Say(personality.StrangerReply, source)
                : personality.BlocksAtGreeting && Blocked(source.ToString(), personality.AddressReply) is { } blocked ? Say(blocked, source)
                : personality.Connections > 0 && open > personality.Connections ? Say(personality.ConnectionsReply, source)
                : !Passes(personality.ConnectRate, $"connect {source}") ? Say(personality.ConnectRateReply, source)
                : null;
        }
    }

    public void Closed(IPAddress source)
    {
        lock (_gate)
        {
            _open[source]--;
        }
    }

    /// <param name="messages">On this connection, with this one.</param>
    public string? Mail(IPAddress source, string sender, int messages)
    {
        lock (_gate)
        {
            string? blocked = Blocked(source.ToString(), personality.AddressReply) ?? Blocked(Domain(sender), personality.DomainReply);
            return blocked is not null ? Say(blocked, source, sender)
                : personality.MessagesPerConnection > 0 && messages > personality.MessagesPerConnection ? Say(personality.MessagesPerConnectionReply, source)
                : null;
        }
    }

    /// <param name="recipients">Of this transaction, with this one.</param>
    public string? Recipient(IPAddress source, string sender, string recipient, int recipients)
    {
        lock (_gate)
        {
            return personality.RecipientsPerMessage > 0 && recipients > personality.RecipientsPerMessage ? Say(personality.RecipientsPerMessageReply, source)
                : Grey($"{source} {sender} {recipient}") ? Say(personality.GreylistReply, source, sender, recipient)
                : !Passes(personality.AddressRate, $"address {source}") ? Violation(source.ToString(), personality.AddressReply, source, sender)
                : !Passes(personality.DomainRate, $"domain {Domain(sender)}") ? Violation(Domain(sender), personality.DomainReply, source, sender)
                : !Passes(personality.MailboxRate, $"mailbox {recipient}") ? Say(personality.MailboxRateReply, source)
                : null;
        }
    }

    private string Violation(string who, string reply, IPAddress source, string sender)
    {
        if (personality.BlockFor > TimeSpan.Zero)
        {
            _blocks[who] = (Now + personality.BlockFor, 0);
        }

        return Say(reply, source, sender);
    }

    private string? Blocked(string who, string reply)
    {
        if (!_blocks.TryGetValue(who, out (TimeSpan Until, int Attempts) block) || Now >= block.Until)
        {
            return null;
        }

        bool isTooMuch = block.Attempts + 1 >= personality.Patience;
        _blocks[who] = isTooMuch ? (Now + personality.BlockFor, 0) : (block.Until, block.Attempts + 1);
        return isTooMuch ? personality.ImpatienceReply : reply;
    }

    private bool Passes(HostLimit? limit, string who)
    {
        if (limit is null)
        {
            return true;
        }

        if (!_windows.TryGetValue(who, out Queue<TimeSpan>? window))
        {
            _windows[who] = window = new Queue<TimeSpan>();
        }

        while (window.TryPeek(out TimeSpan first) && Now - first >= limit.Window)
        {
            window.Dequeue();
        }

        bool passes = window.Count < limit.Count;
        if (passes || personality.RefusalsCount)
        {
            window.Enqueue(Now);
        }

        return passes;
    }

    private bool Grey(string triplet)
    {
        if (personality.Greylist == TimeSpan.Zero)
        {
            return false;
        }

        _seen.TryAdd(triplet, Now);
        return Now - _seen[triplet] < personality.Greylist;
    }

    private static string Domain(string sender) => sender[(sender.LastIndexOf('@') + 1)..];

    private static string Say(string reply, IPAddress source, string sender = "", string recipient = "") =>
        reply.Replace("{ip}", source.ToString(), StringComparison.Ordinal).Replace("{domain}", Domain(sender), StringComparison.Ordinal)
            .Replace("{rcpt}", recipient, StringComparison.Ordinal);
}
