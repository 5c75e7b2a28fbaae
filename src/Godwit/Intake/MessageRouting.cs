// Which queue a recipient's mail joins: virtual MTA first, then destination, then where that queue's settings send it. Pure but for the turn of each pool.

using System.Collections.Concurrent;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Intake;

/// <summary>The virtual MTA that was chosen for a message, and the pool it was drawn from (empty when none).</summary>
internal readonly record struct VirtualMtaChoice(string VirtualMta, string Pool);

/// <summary>Routes messages. Thread safe.</summary>
internal sealed class MessageRouting
{
    /// <summary>Whose turn it is in each pool. Bounded by the pools that configurations have named since the start.</summary>
    private readonly ConcurrentDictionary<string, Turn> _turns = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Chooses the virtual MTA: the message's own wish, else the source's default, else {default}. Returns a refusal when the wish names nothing that exists.
    /// </summary>
    public SmtpReply? Choose(string? wish, SourceSettings source, ServerSettings server, out VirtualMtaChoice choice)
    {
        choice = new VirtualMtaChoice(EnvelopeRecipient.DefaultVirtualMta, "");
        if (wish is { Length: 0 })
        {
            return source.AllowEmptyXVirtualMta ? null : new SmtpReply(554, "5.5.0 x-virtual-mta is empty");
        }

        string name = wish ?? source.DefaultVirtualMta;
        bool isReserved = EnvelopeRecipient.ReportVirtualMta.Equals(wish, StringComparison.OrdinalIgnoreCase); // Mail leaves there without require-starttls.
        if (name.Length == 0 || (!isReserved && TryFind(name, server, out choice)))
        {
            return null;
        }

        if (server.InvalidVirtualMtaFallback.Length > 0 && TryFind(server.InvalidVirtualMtaFallback, server, out choice))
        {
            return null;
        }

        return source.RejectInvalidVirtualMta ? new SmtpReply(554, $"5.5.0 virtual MTA {Printable(name)} does not exist") : null;
    }

    /// <summary>The queue's destination for a domain: itself, or where <c>queue-to</c> sends it. One step only, as in PowerMTA.</summary>
    public static DomainName Destination(DomainName domain, string virtualMta, ServerSettings server)
    {
        DomainName target = server.DeliveryFor(domain, virtualMta).QueueTo;
        return target.IsEmpty ? domain : target;
    }

    /// <summary>
    /// Follows <c>reroute-to-virtual-mta</c> from queue to queue. A queue that names itself keeps its mail; a chain that comes back to a queue it has left
    /// ends in the last one before that, and <paramref name="circle"/> says how it went.
    /// </summary>
    public VirtualMtaChoice Reroute(DomainName destination, VirtualMtaChoice choice, ServerSettings server, out string circle)
    {
        circle = "";
        string target = server.DeliveryFor(destination, choice.VirtualMta).RerouteToVirtualMta;
        if (target.Length == 0 || choice.VirtualMta == EnvelopeRecipient.ReportVirtualMta)
        {
            return choice;
        }

        List<string> passed = [choice.VirtualMta];
        while (target.Length > 0 && TryFind(target, server, out VirtualMtaChoice next))
        {
            if (passed.Contains(next.VirtualMta))
            {
                circle = next.VirtualMta == choice.VirtualMta ? "" : $"{string.Join(" -> ", passed)} -> {next.VirtualMta}";
                break;
            }

            passed.Add(next.VirtualMta);
            choice = next;
            target = server.DeliveryFor(destination, choice.VirtualMta).RerouteToVirtualMta;
        }

        return choice;
    }

    private bool TryFind(string name, ServerSettings server, out VirtualMtaChoice choice)
    {
        if (server.VirtualMtas.TryGetValue(name, out VirtualMtaSettings? single))
        {
            choice = new VirtualMtaChoice(single.Name, "");
            return true;
        }

        if (server.Pools.TryGetValue(name, out PoolSettings? pool) && pool.Members.Count > 0)
        {
            uint turn = _turns.GetOrAdd(pool.Name, static _ => new Turn()).Next();
            choice = new VirtualMtaChoice(pool.Members[(int)(turn % (uint)pool.Members.Count)], pool.Name);
            return true;
        }

        choice = new VirtualMtaChoice(EnvelopeRecipient.DefaultVirtualMta, "");
        return false;
    }

    /// <summary>A name from a message's header, safe to say back: printable ASCII, at most 64 characters.</summary>
    private static string Printable(string name)
    {
        Span<char> shown = stackalloc char[Math.Min(name.Length, 64)];
        for (int i = 0; i < shown.Length; i++)
        {
            shown[i] = name[i] is > ' ' and <= '~' ? name[i] : '?';
        }

        return shown.ToString();
    }

    private sealed class Turn
    {
        private int _count = -1;

        public uint Next() => (uint)Interlocked.Increment(ref _count);
    }
}
