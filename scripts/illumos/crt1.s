# Where an executable for illumos begins. A compiler's crt1.o does the same on the system itself; none is at hand where this is linked.
#
# System V ABI, AMD64 supplement, section 3.4.1: at the entry %rsp points at argc, which argv, a null pointer and the environment follow;
# %rdx is null or a function to be registered with atexit: the runtime linker's own end.

	.text
	.globl	_start
	.type	_start, @function
_start:
	xorl	%ebp, %ebp		# the deepest frame
	movq	(%rsp), %rbx		# argc
	leaq	8(%rsp), %r12		# argv
	leaq	16(%rsp,%rbx,8), %r13	# the environment
	movq	%r13, _environ(%rip)
	andq	$-16, %rsp		# as calls want it
	testq	%rdx, %rdx
	jz	1f
	movq	%rdx, %rdi
	call	atexit@PLT
1:
	# The unwinder finds the tables of frames by a program header, if the system's libgcc_s was built so; else by what is registered.
	leaq	__eh_frame_start(%rip), %rdi
	leaq	frames(%rip), %rsi
	call	__register_frame_info@PLT
	movl	%ebx, %edi
	movq	%r12, %rsi
	movq	%r13, %rdx
	call	main
	movl	%eax, %edi
	call	exit@PLT
	hlt
	.size	_start, . - _start

# libc reads the environment by this name, of the executable.
	.bss
	.globl	_environ
	.type	_environ, @object
	.size	_environ, 8
	.weak	environ
	.type	environ, @object
	.size	environ, 8
	.balign	8
_environ:
environ:
	.zero	8

# What libgcc_s keeps about the tables: at least six words, its `struct object`.
	.balign	16
frames:
	.zero	64

	.section .note.GNU-stack, "", @progbits
