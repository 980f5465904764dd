"""Operations without arithmetic, by name: those that move numbers, and those that make some out of nothing."""

_MOVES = """
_conj _pin_memory _reshape_alias _to_copy _unsafe_view abs alias as_strided cat channel_shuffle chunk clone
constant_pad_nd contiguous copy detach diag_embed diagonal expand fill flip
gather im2col index index_copy index_put index_select masked_fill masked_scatter masked_select max_unpool2d max_unpool3d
movedim narrow native_channel_shuffle neg numpy_T permute pixel_shuffle pixel_unshuffle
reflection_pad1d reflection_pad2d reflection_pad3d repeat repeat_interleave replication_pad1d replication_pad2d
replication_pad3d reshape resolve_conj resolve_neg roll rot90 scatter select select_scatter sign slice slice_scatter
split split_with_sizes squeeze stack t take transpose tril triu unbind unfold unfold_copy unsafe_chunk unsafe_split
unsafe_split_with_sizes unsqueeze _upsample_nearest_exact1d _upsample_nearest_exact2d
_upsample_nearest_exact3d upsample_nearest1d upsample_nearest2d upsample_nearest3d view view_as_real where
zero
"""
MOVES = frozenset(_MOVES.split())

_MAKES = """
_local_scalar_dense arange empty empty_like empty_strided equal eye full full_like is_pinned is_same_size linspace
new_empty new_empty_strided new_full new_ones new_zeros ones ones_like resize scalar_tensor set sym_size
tril_indices triu_indices zeros zeros_like
"""
MAKES = frozenset(_MAKES.split())  # something that no activation is in
BLANKS = frozenset({"new_zeros", "zeros", "zeros_like"})

_RANDOM = """
bernoulli multinomial normal rand rand_like randint randint_like randn randn_like uniform
"""
RANDOM = frozenset(_RANDOM.split())
