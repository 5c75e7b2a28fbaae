namespace Godwit.Intake;

/// <summary>The warm-up of one day.</summary>
/// <param name="VirtualMtas">The cold ones: those that others share their mail with, by name in any case of letters.</param>
/// <param name="Today">In no order; destinations without mail today are left out.</param>
public sealed record ColdMail(IReadOnlySet<string> VirtualMtas, IReadOnlyList<ColdUse> Today)
{
    public static ColdMail None { get; } = new(new HashSet<string>(), []);
}
