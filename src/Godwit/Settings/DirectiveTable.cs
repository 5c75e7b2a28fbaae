// Every directive once. The parser, the defaults, "show settings", the reference in docs/directives.md and the compatibility report all come
// from here. The rows are in DirectiveTable.<Section>.cs, in the order of the reference.

using System.Collections.Frozen;

namespace Godwit.Settings;

/// <summary>Finds directives by scope and name; names compare ignoring case.</summary>
internal static partial class DirectiveTable
{
    /// <summary>All rows. A name may stand in several rows when it means different things in different blocks.</summary>
    public static IReadOnlyList<Directive> All { get; } =
        [.. GlobalRows(), .. ManagementRows(), .. ListenerRows(), .. SourceRows(), .. DomainRows(), .. DomainProtocolRows(), .. VirtualMtaRows(),
            .. ListRows(), .. AccountingRows(), .. StatisticsRows(), .. ProviderRows(), .. ReceiverRows()];

    private static readonly FrozenDictionary<BlockKind, FrozenDictionary<string, Directive>> _byScope = Index();

    /// <summary>Every name that is a word, aliases included, each once.</summary>
    public static IReadOnlyList<string> AllNames { get; } =
        [.. All.SelectMany(d => d.Aliases.Append(d.Name)).Where(n => char.IsAsciiLetter(n[0])).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    public static Directive? Find(BlockKind scope, string name) =>
        _byScope.TryGetValue(scope, out FrozenDictionary<string, Directive>? names) ? names.GetValueOrDefault(name) : null;

    /// <summary>Names that may stand in a scope, aliases included.</summary>
    public static IEnumerable<string> NamesIn(BlockKind scope) =>
        _byScope.TryGetValue(scope, out FrozenDictionary<string, Directive>? names) ? names.Keys : [];

    /// <summary>The scopes in which a name has a meaning.</summary>
    public static BlockKind ScopesOf(string name)
    {
        BlockKind scopes = BlockKind.None;
        foreach ((BlockKind scope, FrozenDictionary<string, Directive> names) in _byScope)
        {
            if (names.ContainsKey(name))
            {
                scopes |= scope;
            }
        }

        return scopes;
    }

    /// <summary>Directives whose values are the properties of <paramref name="scope"/>'s settings, without deprecated spellings; by name.</summary>
    public static IEnumerable<Directive> BoundIn(BlockKind scope) =>
        All.Where(d => d.Scope == scope && d.Bound is not null && d.Replacement.Length == 0).OrderBy(d => d.Name, StringComparer.Ordinal);

    private static FrozenDictionary<BlockKind, FrozenDictionary<string, Directive>> Index()
    {
        var byScope = new Dictionary<BlockKind, FrozenDictionary<string, Directive>>();
        foreach (BlockKind scope in Enum.GetValues<BlockKind>())
        {
            if (scope != BlockKind.None)
            {
                // A name that stands twice in one scope throws here, at start, in every test.
                byScope[scope] = All.Where(d => d.Scope.HasFlag(scope))
                    .SelectMany(d => d.Aliases.Prepend(d.Name).Select(name => KeyValuePair.Create(name, d)))
                    .ToDictionary(StringComparer.OrdinalIgnoreCase).ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
            }
        }

        return byScope.ToFrozenDictionary();
    }

    /// <summary>A directive whose value becomes a property of its scope's settings.</summary>
    private static Directive Bound(BlockKind scope, string name, ValueForm form, string member, string otherwise, string meaning)
    {
        System.Reflection.PropertyInfo? property = Directive.TargetOf(scope)?.GetProperty(member);
        if (property is null || (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) != form.ClrType)
        {
            throw new InvalidOperationException($"{name}: {scope} has no {member} of type {form.ClrType.Name}");
        }

        return new Directive { Name = name, Scope = scope, Form = form, Member = member, Default = otherwise, Meaning = meaning, Bound = property };
    }

    /// <summary>A directive whose lines together become a property, a list: what the general blocks say first.</summary>
    private static Directive BoundList<T>(BlockKind scope, string name, ValueForm<T> form, string member, string otherwise, string meaning)
        where T : notnull
    {
        System.Reflection.PropertyInfo? property = Directive.TargetOf(scope)?.GetProperty(member);
        if (property is null || property.PropertyType != typeof(IReadOnlyList<T>))
        {
            throw new InvalidOperationException($"{name}: {scope} has no list {member} of {form.ClrType.Name}");
        }

        return new Directive
        {
            Name = name, Scope = scope, Form = form, Member = member, Default = otherwise, Meaning = meaning, Bound = property, Repeatable = true,
            Append = static (list, value) => value is null ? Array.Empty<T>() : (IReadOnlyList<T>)[.. (IReadOnlyList<T>)list, (T)value],
        };
    }

    /// <summary>A directive in effect whose value the builder turns into settings.</summary>
    private static Directive Built(BlockKind scope, string name, ValueForm form, string member, string otherwise, string meaning) =>
        new() { Name = name, Scope = scope, Form = form, Member = member, Default = otherwise, Meaning = meaning };

    private static Directive Later(BlockKind scope, string name, ValueForm form, string otherwise, string meaning) =>
        new() { Name = name, Scope = scope, Form = form, Default = otherwise, Meaning = meaning, Status = DirectiveStatus.NotYet };

    private static Directive Idle(BlockKind scope, string name, ValueForm form, string otherwise, string reason) =>
        new() { Name = name, Scope = scope, Form = form, Default = otherwise, Meaning = reason, Reason = reason, Status = DirectiveStatus.NoEffect };
}
