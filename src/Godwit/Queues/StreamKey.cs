namespace Godwit.Queues;

/// <summary>
/// What mail has in common that takes turns as one inside a queue: the job (X-Job) and the tenant, which is the domain of the sender's address. Both compare
/// as they are written; the default is mail with neither.
/// </summary>
public readonly record struct StreamKey(string? Job, string? Tenant)
{
    public bool IsNone => string.IsNullOrEmpty(Job) && string.IsNullOrEmpty(Tenant);
}
