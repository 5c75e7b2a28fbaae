namespace Godwit.Settings;

/// <summary>A place in a configuration file. Line and column start at 1; a column counts UTF-16 units, a tab is one.</summary>
internal readonly record struct ConfigPosition(string File, int Line, int Column)
{
    public ConfigPosition Right(int columns) => this with { Column = Column + columns };
}
