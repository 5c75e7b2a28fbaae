// A reply that a modelled receiver gives, with what the provider file says about it, looked up once. Owned by its Receiver;
// what changes is only what it has worked out already.

using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Rehearsal;

/// <summary>A reply that refuses.</summary>
internal sealed class ModelledAnswer
{
    private readonly Dictionary<DeliverySettings, AnswerEffect> _effects = new(ReferenceEqualityComparer.Instance);

    private ModelledAnswer(string name, SmtpReply reply, ReplyReaction reaction, ReplyScope scope)
    {
        (Name, Said, Reaction, Scope) = (name, reply, reaction, scope);
        bool isPermanent = reaction.Has(ReactionActs.Fail) || (reply.IsPermanent && !reaction.Has(ReactionActs.Temporary));
        Reply = isPermanent == reply.IsPermanent ? reply : new SmtpReply(isPermanent ? 550 : 450, reply.Text);
        EndsConnection = reply.Code == 421 || reaction.Has(ReactionActs.Reconnect);
    }

    /// <summary>As reports call it: <c>google/ip-quota</c>, or the code.</summary>
    public string Name { get; }

    /// <summary>As the receiver says it.</summary>
    public SmtpReply Said { get; }

    /// <summary>With the class that it is treated as: a 5xx that the provider file calls temporary is a 4xx here.</summary>
    public SmtpReply Reply { get; }

    /// <summary>What the provider file says about it.</summary>
    public ReplyReaction Reaction { get; }

    public ReplyScope Scope { get; }

    /// <summary>Nothing more can be sent on the connection.</summary>
    public bool EndsConnection { get; }

    /// <summary>Whether the queue or the source address has to do something.</summary>
    public bool ReactsBeyondRecipient =>
        Reaction.Has(ReactionActs.Suspend) || Reaction.Has(ReactionActs.DisableSource) || (Reaction.Acts & ReplyReaction.Limits) != ReactionActs.None;

    /// <summary>The reply of that name; a bare one when it is a code, or empty.</summary>
    public static ModelledAnswer Of(string name, ProviderProfile? provider, ProviderTable providers)
    {
        int code = name.Length == 0 ? 421 : RehearsalFile.BareCode(name);
        if (code != 0)
        {
            string text = code >= 500 ? "Refused" : "Try again later";
            return new ModelledAnswer($"{code}", new SmtpReply(code, text), ReplyReaction.None, ReplyScope.Message);
        }

        ProviderReply named = RehearsalFile.FindReply(providers, provider, name)
            ?? throw new InvalidOperationException($"the model was checked, and {name} is unknown");
        string sample = named.Samples[0].Text;

        // What would be done is what the first rule that knows the reply says, as in the server.
        ProviderReply rule = providers.Match(provider, sample) ?? named;
        int said = int.Parse(sample.AsSpan(0, 3), System.Globalization.CultureInfo.InvariantCulture); // A sample begins with its code.
        return new ModelledAnswer(rule.Name, new SmtpReply(said, sample[3..].Trim()), rule.Reaction, rule.Scope);
    }

    /// <summary>What it does under these settings; settings are few, whatever the number of queues.</summary>
    public AnswerEffect Under(DeliverySettings delivery, ServerSettings server)
    {
        if (!_effects.TryGetValue(delivery, out AnswerEffect? effect))
        {
            _effects.Add(delivery, effect = AnswerEffect.Of(this, delivery, server));
        }

        return effect;
    }

    /// <summary>What is to happen to the queue and the source address.</summary>
    /// <param name="connections">Open from this source address to the receiver.</param>
    /// <param name="lastHour">Recipients attempted there within an hour.</param>
    public QueueReaction ReactionFor(int connections, long lastHour)
    {
        bool onSource = Scope is ReplyScope.SourceIp or ReplyScope.SourceNet;
        bool suspends = Reaction.Has(ReactionActs.Suspend);
        bool limits = Reaction.LimitFor > TimeSpan.Zero;
        int ceiling = Reaction.Has(ReactionActs.LimitConnections) ? Reaction.Connections ?? Math.Max(1, connections / 2) : 0;
        Rate rate = !Reaction.Has(ReactionActs.LimitRate) ? Rate.Unlimited : Reaction.Rate ?? new Rate(Math.Max(1, lastHour / 2), TimeSpan.FromHours(1));
        return new QueueReaction
        {
            Reason = $"{Reply.Code} {Name}",
            DisableSource = (suspends && onSource) || Reaction.Has(ReactionActs.DisableSource),
            ReenableAfter = suspends ? Reaction.Suspend : Reaction.ReenableAfter,
            RecoverGradually = Reaction.Has(ReactionActs.RecoverGradually),
            HoldFor = suspends && !onSource ? Reaction.Suspend : TimeSpan.Zero,
            SourceConnections = limits ? ceiling : 0,
            SourceRate = limits ? rate : Rate.Unlimited,
            CeilingFor = limits && (ceiling > 0 || !rate.IsUnlimited) ? Reaction.LimitFor : TimeSpan.Zero,
        };
    }
}
