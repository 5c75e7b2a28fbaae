using Godwit.Mail;

namespace Godwit.Queues;

/// <summary>Names a queue: destination and virtual MTA, written <c>destination/vmta</c>.</summary>
public readonly record struct QueueKey(DomainName Destination, string VirtualMta)
{
    public override string ToString() => $"{Destination.Text}/{VirtualMta}";
}
