// One way in which godwitd is configured for a run: lines beside those of every run. Immutable.

namespace Godwit.Bench;

/// <param name="Name">As the figures call it.</param>
/// <param name="Global">Lines at global level.</param>
/// <param name="Domain">Lines of <c>&lt;domain *&gt;</c>, for every queue.</param>
internal sealed record RelayVariant(string Name, string Global = "", string Domain = "")
{
    /// <summary>What the next server is known by.</summary>
    public string Host { get; init; } = "[127.0.0.1]";

    public static RelayVariant Plain { get; } = new("godwit");
}
