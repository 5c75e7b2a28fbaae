namespace Godwit.Control;

/// <summary>What a list is ordered by.</summary>
internal enum ListSort : byte
{
    Recipients,
    Name,
    Size,
}
