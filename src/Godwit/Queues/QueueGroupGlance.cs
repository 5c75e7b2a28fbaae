using Godwit.Mail;

namespace Godwit.Queues;

/// <summary>Queues that share one provider's limits, for lists and for verbs about all of them.</summary>
/// <param name="Key">Their common name, such as <c>google.rollup/vmta</c>.</param>
/// <param name="MainDomain">The domain whose settings they share.</param>
public sealed record QueueGroupGlance(QueueKey Key, DomainName MainDomain, IReadOnlyList<QueueKey> Members);
