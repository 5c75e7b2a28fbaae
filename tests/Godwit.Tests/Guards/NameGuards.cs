namespace Godwit.Tests.Guards;

public sealed class NameGuards
{
    /// <summary>Words that say nothing about a job. Test doubles may be called what they like.</summary>
    private static readonly string[] _empty =
    [
        "Manager", "Helper", "Util", "Utils", "Service", "Handler", "Processor", "Factory", "Provider",
        "Wrapper", "Impl", "Base", "Common", "Data", "Info",
    ];

    [Fact]
    public void No_type_name_ends_in_a_word_that_says_nothing()
    {
        string[] wrong =
        [
            .. House.WrittenTypes.Where(type => _empty.Any(word => Stem(type).EndsWith(word, StringComparison.Ordinal))).Select(type => type.FullName!),
        ];

        Findings.AssertNone(wrong);
    }

    [Fact]
    public void Settings_types_cannot_be_changed_after_they_are_made()
    {
        string[] wrong =
        [
            .. House.WrittenTypes
                .Where(type => Stem(type).EndsWith("Settings", StringComparison.Ordinal) && type.Name != "CurrentSettings")
                .SelectMany(type => type.GetProperties().Where(property => property.SetMethod is { } setter
                    && !setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(System.Runtime.CompilerServices.IsExternalInit)))
                    .Select(property => $"{type.Name}.{property.Name}")),
        ];

        Findings.AssertNone(wrong);
    }

    [Fact]
    public void An_interface_has_two_implementations()
    {
        Type[] all = [.. House.Server.GetTypes(), .. typeof(NameGuards).Assembly.GetTypes()];
        string[] lonely =
        [
            .. House.WrittenTypes.Where(type => type.IsInterface
                && all.Count(other => other is { IsInterface: false, IsAbstract: false } && type.IsAssignableFrom(other)) < 2).Select(type => type.FullName!),
        ];

        Findings.AssertNone(lonely);
    }

    private static string Stem(Type type)
    {
        int tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        return tick < 0 ? type.Name : type.Name[..tick];
    }
}
