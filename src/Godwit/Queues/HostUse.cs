namespace Godwit.Queues;

/// <summary>The connections that count at one host or address, and the queues that wait for one. Owned by <see cref="HostLimits"/>.</summary>
/// <param name="forget">Takes it out of the books.</param>
internal sealed class HostUse(Action forget)
{
    public int InUse { get; set; }

    public int Limit { get; set; }

    public Queue<MailQueue> Waiting { get; } = new();

    public bool IsFull => InUse >= Limit;

    public void Forget() => forget();
}
