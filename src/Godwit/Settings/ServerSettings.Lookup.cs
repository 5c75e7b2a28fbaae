// The questions that other rooms ask the configuration. The answers are found through the delegates that the builder sets;
// they keep what they computed, by chain of blocks and not by name, so asking for a million domains keeps nothing of them.

using System.Net;
using Godwit.Mail;

namespace Godwit.Settings;

public sealed partial record ServerSettings
{
    /// <summary>Answers <see cref="DeliveryFor"/>.</summary>
    public required Func<DomainName, string, DeliverySettings> ResolveDelivery { get; init; }

    /// <summary>Answers <see cref="IsNamed"/>.</summary>
    public Func<DomainName, string, bool> ResolveNamed { get; init; } = static (_, _) => false;

    /// <summary>Answers <see cref="SourceFor"/>.</summary>
    public required Func<IPAddress?, string, SourceSettings> ResolveSource { get; init; }

    /// <summary>Answers <see cref="IsRelayDomain"/>.</summary>
    public required Func<DomainName, bool> ResolveRelayDomain { get; init; }

    /// <summary>Answers <see cref="Providers"/>.</summary>
    public Func<ProviderTable> ResolveProviders { get; init; } = static () => ProviderTable.Shipped;

    /// <summary>Says for every directive what it is and who said so. Asked by people, so it is computed then and not kept.</summary>
    public SettingsOrigins Origins { get; init; } = SettingsOrigins.DefaultsOnly;

    /// <summary>The effective settings of a queue: the same object whenever the same blocks apply. Costs well under a microsecond for most names.</summary>
    public DeliverySettings DeliveryFor(DomainName destination, string virtualMta) => ResolveDelivery(destination, virtualMta);

    /// <summary>Whether some <c>&lt;domain&gt;</c> other than <c>*</c> applies to a queue, at whatever level.</summary>
    public bool IsNamed(DomainName destination, string virtualMta) => ResolveNamed(destination, virtualMta);

    /// <summary>The rules for a client: by its address, then overridden by the named source when <paramref name="name"/> is not empty.</summary>
    public SourceSettings SourceFor(IPAddress? client, string name) => ResolveSource(client, name);

    /// <summary>What is known about mailbox providers. The first to ask for the shipped table waits some milliseconds while it is read.</summary>
    public ProviderTable Providers => ResolveProviders();

    /// <summary>The rules of an <c>&lt;smtp-pattern-list&gt;</c>; none for a name that there is not.</summary>
    public IReadOnlyList<ReplyRule> ReplyListFor(string name) => ReplyLists.TryGetValue(name, out IReadOnlyList<ReplyRule>? rules) ? rules : [];

    /// <summary>Whether mail for this domain is accepted from anyone.</summary>
    public bool IsRelayDomain(DomainName domain) => ResolveRelayDomain(domain);
}
