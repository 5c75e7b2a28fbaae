// What is decided for each recipient when a message comes in, in this order: virtual MTA and priority, destination (queue-to), a cold virtual MTA's share,
// reroute-to-virtual-mta. Owned by the door in; thread safe.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Patterns;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Intake;

/// <summary>Makes the envelope's recipients.</summary>
internal sealed class RecipientRouting(ColdCounters cold, ServerClock clock, ILogger log)
{
    private readonly MessageRouting _routing = new();

    /// <summary>Routes every recipient of a message; returns a refusal when its virtual MTA does not exist.</summary>
    /// <param name="kept">Completes when what was counted for the message is durable; await it before the message is acknowledged.</param>
    public SmtpReply? Route(
        Submission submission,
        MessageId id,
        ReadOnlyMemory<byte> header,
        string? wish,
        ServerSettings server,
        out EnvelopeRecipient[] recipients,
        out Task kept)
    {
        SourceSettings source = submission.Source;
        var message = new MessageRoute(this, submission.Kind, server);
        bool hasPatterns = server.PatternLists.TryGetValue(source.PatternList, out PatternListSettings? patterns);
        PatternWalk? walk = hasPatterns ? Walk(submission, id, header, server) : null;
        recipients = new EnvelopeRecipient[submission.Recipients.Count];
        kept = Task.CompletedTask;
        for (int i = 0; i < recipients.Length; i++)
        {
            SubmittedRecipient submitted = submission.Recipients[i];
            EmailAddress address = submitted.Address.Domain.IsEmpty ? LocalPostmaster(server) : submitted.Address;

            // The message's own wish comes before the list, the list before the source's default. The list's priority counts whoever chose.
            PatternResult? said = walk?.ResultFor(patterns!, address.Text);
            SmtpReply? refusal = message.Choose(wish ?? (said is { VirtualMta.Length: > 0 } ? said.VirtualMta : null), source, out VirtualMtaChoice choice);
            if (refusal is not null)
            {
                return refusal;
            }

            DomainName destination = MessageRouting.Destination(address.Domain, choice.VirtualMta, server);
            choice = message.Place(destination, choice);
            recipients[i] = new EnvelopeRecipient
            {
                Address = address,
                Destination = destination,
                VirtualMta = choice.VirtualMta,
                Pool = choice.Pool,
                Priority = (byte)(said?.RecipientPriority ?? EnvelopeRecipient.DefaultPriority),
                OriginalRecipient = submitted.OriginalRecipient,

                // A source that wants no bounce messages is the same as each recipient saying NOTIFY=NEVER.
                Notify = source.SuppressLocalDsn ? DsnNotify.Never : submitted.Notify,
            };
        }

        kept = message.Kept;
        return null;
    }

    /// <summary>How far the warm-up of today has come.</summary>
    public ColdMail ReadCold(ServerSettings server)
    {
        var shares = new ColdShares(server);
        return new ColdMail(shares.VirtualMtas, cold.Read(Today(), shares));
    }

    /// <summary>Days end at midnight of the server's own time zone.</summary>
    private int Today() => DateOnly.FromDateTime(TimeZoneInfo.ConvertTimeFromUtc(clock.Now.ToUtc(), clock.Time.LocalTimeZone)).DayNumber;

    /// <summary>Apart from <see cref="Route"/>, so that messages without a list pay for no closure.</summary>
    private PatternWalk Walk(Submission submission, MessageId id, ReadOnlyMemory<byte> header, ServerSettings server) => new(
        server,
        header,
        submission.Sender.Text,
        rule => log.PatternRanOut(id.ToString(), rule.Subject.ToString(), rule.Pattern!.ToString(), PcrePattern.MatchTime.TotalMilliseconds));

    /// <summary>A bare "postmaster" is this server's own (RFC 5321 section 4.5.1).</summary>
    private static EmailAddress LocalPostmaster(ServerSettings server) =>
        server.Postmaster ?? EmailAddress.Parse($"postmaster@{server.HostName}");

    /// <summary>The cold virtual MTA that may have more of this mail today, or else the choice itself.</summary>
    /// <param name="countedAs">The queue whose value and count matter: the destination, whatever it was made of.</param>
    private VirtualMtaChoice Cool(DomainName countedAs, VirtualMtaChoice choice, IReadOnlyList<string> names, ServerSettings server, ref Task kept)
    {
        IReadOnlyList<int> own = server.DeliveryFor(countedAs, choice.VirtualMta).MaxColdVirtualMtaMsg;
        var candidates = new List<ColdCandidate>(names.Count);
        foreach (string name in names)
        {
            if (!server.VirtualMtas.TryGetValue(name, out VirtualMtaSettings? virtualMta) || virtualMta.Name == choice.VirtualMta)
            {
                continue;
            }

            // What the cold queue's settings say counts; where they give it nothing, what those of the virtual MTA say that the mail was submitted to.
            IReadOnlyList<int> steps = server.DeliveryFor(countedAs, virtualMta.Name).MaxColdVirtualMtaMsg;
            candidates.Add(new ColdCandidate(virtualMta.Name, steps is [0] ? own : steps));
        }

        int taken = cold.Take(candidates, countedAs, Today(), out Task counted);
        if (taken < 0)
        {
            return choice;
        }

        kept = kept.IsCompletedSuccessfully ? counted : Task.WhenAll(kept, counted);
        return choice with { VirtualMta = candidates[taken].VirtualMta };
    }

    private VirtualMtaChoice Reroute(DomainName destination, VirtualMtaChoice choice, ServerSettings server)
    {
        VirtualMtaChoice placed = _routing.Reroute(destination, choice, server, out string circle);
        if (circle.Length > 0)
        {
            log.RerouteCircle(destination.Text, circle);
        }

        return placed;
    }

    /// <summary>The decisions of one message: what was decided once holds for all its recipients, so that those of one domain stay together.</summary>
    private struct MessageRoute(RecipientRouting routing, SubmissionKind kind, ServerSettings server)
    {
        private Dictionary<string, VirtualMtaChoice>? _chosen;
        private Dictionary<(DomainName, VirtualMtaChoice), VirtualMtaChoice>? _placed;
        private string? _lastWish;
        private VirtualMtaChoice _lastChoice;
        private bool _hasLast;
        private Task? _kept;

        public readonly Task Kept => _kept ?? Task.CompletedTask;

        /// <summary>The virtual MTA for a wish; null is the source's default. A pool is drawn from once.</summary>
        public SmtpReply? Choose(string? wish, SourceSettings source, out VirtualMtaChoice choice)
        {
            choice = _lastChoice;
            if (_hasLast && wish == _lastWish)
            {
                return null;
            }

            // No name is a blank.
            string key = wish ?? " ";
            if (_chosen?.TryGetValue(key, out choice) != true)
            {
                SmtpReply? refusal = routing._routing.Choose(wish, source, server, out choice);
                if (refusal is not null)
                {
                    return refusal;
                }

                if (_hasLast)
                {
                    _chosen ??= new Dictionary<string, VirtualMtaChoice>(StringComparer.OrdinalIgnoreCase) { [_lastWish ?? " "] = _lastChoice };
                    _chosen[key] = choice;
                }
            }

            (_lastWish, _lastChoice, _hasLast) = (wish, choice, true);
            return null;
        }

        /// <summary>Where mail for a destination goes that was meant for a virtual MTA: to a cold one, to another that its queue names, or there.</summary>
        public VirtualMtaChoice Place(DomainName destination, VirtualMtaChoice choice)
        {
            IReadOnlyList<string> cold = kind == SubmissionKind.Smtp ? ColdOf(choice) : [];
            bool isRerouted = server.DeliveryFor(destination, choice.VirtualMta).RerouteToVirtualMta.Length > 0;
            if (cold.Count == 0 && !isRerouted)
            {
                return choice;
            }

            _placed ??= [];
            if (_placed.TryGetValue((destination, choice), out VirtualMtaChoice placed))
            {
                return placed;
            }

            placed = choice;
            if (cold.Count > 0)
            {
                Task kept = Kept;
                placed = routing.Cool(destination, placed, cold, server, ref kept);
                _kept = kept;
            }

            placed = routing.Reroute(destination, placed, server);
            _placed[(destination, choice)] = placed;
            return placed;
        }

        /// <summary>A virtual MTA's own, else those of the pool it was drawn from.</summary>
        private readonly IReadOnlyList<string> ColdOf(VirtualMtaChoice choice)
        {
            IReadOnlyList<string> own = server.VirtualMtas.TryGetValue(choice.VirtualMta, out VirtualMtaSettings? virtualMta) ? virtualMta.ColdVirtualMtas : [];
            return own.Count == 0 && choice.Pool.Length > 0 && server.Pools.TryGetValue(choice.Pool, out PoolSettings? pool) ? pool.ColdVirtualMtas : own;
        }
    }
}
