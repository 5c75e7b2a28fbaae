using System.Reflection;
using Godwit.Settings;

namespace Godwit.Tests.Guards;

/// <summary>What the directive table says about itself is true.</summary>
public sealed class DirectiveGuards
{
    [Fact]
    public void A_directive_that_is_called_in_effect_is_read_by_somebody()
    {
        HashSet<MethodBase> read = [.. House.Calls().Where(call => IsReader(call.Caller)).Select(call => call.Called)];

        Findings.AssertNone(DirectiveTable.All
            .Where(directive => directive.Status == DirectiveStatus.InEffect && directive.Name != "include")
            .Where(directive => !Members(directive).Any(member => read.Contains(member.GetMethod!)))
            .Select(directive => $"{directive.Name}: called in effect, and nothing outside Settings reads {directive.Member}"));
    }

    [Fact]
    public void The_guard_sees_a_member_that_nobody_reads()
    {
        HashSet<MethodBase> read = [.. House.Calls().Where(call => IsReader(call.Caller)).Select(call => call.Called)];

        Assert.Contains(typeof(ServerSettings).GetProperty(nameof(ServerSettings.HostName))!.GetMethod!, read);
        Assert.DoesNotContain(typeof(Directive).GetProperty(nameof(Directive.Meaning))!.GetMethod!, read);
    }

    /// <summary>Outside the room, or a frozen type that answers for others.</summary>
    private static bool IsReader(Type caller) => House.RoomOf(caller) != "Settings" || caller.Name.EndsWith("Settings", StringComparison.Ordinal);

    private static IEnumerable<PropertyInfo> Members(Directive directive) => Enum.GetValues<BlockKind>()
        .Where(scope => scope != BlockKind.None && directive.Scope.HasFlag(scope))
        .Select(Directive.TargetOf)
        .Select(type => type?.GetProperty(directive.Member))
        .OfType<PropertyInfo>();
}
