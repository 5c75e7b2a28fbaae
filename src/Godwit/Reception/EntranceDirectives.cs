namespace Godwit.Reception;

/// <summary>The directives that say where a door is: what an operator corrects when it cannot be opened.</summary>
internal sealed record EntranceDirectives(string Address, string Port)
{
    public static EntranceDirectives Listener { get; } = new("smtp-listener", "smtp-listener");

    /// <summary>The built-in receiver's.</summary>
    public static EntranceDirectives Dummy { get; } = new("dummy-smtp-ip", "dummy-smtp-port");
}
